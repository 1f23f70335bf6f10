import stringWidth from "string-width";
import { EMOJI, graphemes } from "./escape.js";

const ASCII = /^[ -~]*$/;
/** Marks, and the vowels and finals of Hangul written in parts: they stand on what is before them. */
const WITHOUT_WIDTH = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u;

/**
 * Columns that a text takes in a terminal. Emoji sequences count as one picture; everything else by its code points, which
 * is how terminals advance the cursor in scripts whose characters join (Devanagari, Thai).
 */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const grapheme of graphemes(text)) columns += graphemeWidth(grapheme);
  return columns;
}

/** Columns of one grapheme. */
export function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1 && grapheme < "\u007f") return 1;
  if (EMOJI.test(grapheme)) return stringWidth(grapheme);
  let columns = 0;
  for (const character of grapheme) columns += WITHOUT_WIDTH.test(character) ? 0 : stringWidth(character);
  return columns;
}

/** The text, cut to a number of columns; `…` stands for what was cut off. */
export function clip(text: string, columns: number): string {
  if (text.length <= columns && ASCII.test(text)) return text;
  let used = 0;
  let kept = "";
  // No character is narrower than nothing, but only so many are looked at: a payload may be long.
  const looked = text.slice(0, columns * 8 + 64);
  for (const grapheme of graphemes(looked)) {
    const next = graphemeWidth(grapheme);
    if (used + next > columns) return fitEllipsis(kept, columns);
    used += next;
    kept += grapheme;
  }
  return looked.length < text.length ? fitEllipsis(kept, columns) : kept;
}

function fitEllipsis(text: string, columns: number): string {
  const characters = graphemes(text);
  while (characters.length > 0 && width(characters.join("")) > columns - 1) characters.pop();
  return columns < 1 ? "" : `${characters.join("")}…`;
}

/** The text with blanks behind it, up to a number of columns. */
export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}
