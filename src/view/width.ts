import { eastAsianWidth } from "get-east-asian-width";
import { isEmoji, splitGraphemes } from "../bytes/graphemes.js";
import { type SafeText, safely, spaces } from "../bytes/safe-text.js";

/** Combining marks, and the vowels and finals of decomposed Hangul: they combine with the character before them. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u;

/** The mark of an error, ✗, whose neighbours in Unicode are emoji. */
const CROSS_MARK = 0x2717;

/**
 * Columns of a UTF-16 unit that is always a grapheme of its own; 0 for any other unit. Most texts have only such units and
 * need no segmenter, which takes microseconds per text.
 */
function plainUnitColumns(unit: number): number {
  if (unit < 0x7f) return unit < 0x20 ? 0 : 1;
  if (unit < 0x300) return unit < 0xa1 || unit === 0xad ? 0 : 1;
  if (unit < 0x530) return (unit >= 0x370 && unit < 0x483) || unit >= 0x48a ? 1 : 0;
  if (unit < 0x25fd)
    return (unit >= 0x2010 && unit < 0x2028) || (unit >= 0x2190 && unit < 0x231a) || unit >= 0x2400 ? 1 : 0;
  if (unit < 0xac00)
    return unit === CROSS_MARK
      ? 1
      : (unit >= 0x3001 && unit < 0x302a) ||
          (unit >= 0x3041 && unit < 0x3097) ||
          (unit >= 0x30a1 && unit < 0x3100) ||
          (unit >= 0x4e00 && unit < 0xa000)
        ? 2
        : 0;
  return unit < 0xd7a4 || (unit >= 0xff01 && unit < 0xff5f) ? 2 : 0;
}

/** Columns of a text of such plain units; -1 if it has others. */
function plainWidth(text: string): number {
  let columns = 0;
  for (let i = 0; i < text.length; i++) {
    const next = plainUnitColumns(text.charCodeAt(i));
    if (next === 0) return -1;
    columns += next;
  }
  return columns;
}

/**
 * Columns of a text in a terminal. An emoji sequence counts as one picture; everything else counts by code points, because
 * terminals advance the cursor that way in scripts whose characters join (Devanagari, Thai).
 */
export function textWidth(text: string): number {
  const plain = plainWidth(text);
  if (plain >= 0) return plain;
  let columns = 0;
  for (const grapheme of splitGraphemes(text)) columns += graphemeWidth(grapheme);
  return columns;
}

/** Columns of one grapheme. */
export function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1 && grapheme < "\u007f") return 1;
  if (isEmoji(grapheme)) return 2;
  let columns = 0;
  for (const character of grapheme) {
    columns += ZERO_WIDTH.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) as number);
  }
  return columns;
}

/** The text, cut to a number of columns; `…` replaces what was cut off. */
export function clip(text: SafeText, columns: number): SafeText {
  const plain = text.length <= columns * 2 ? plainWidth(text) : -1;
  if (plain >= 0) return plain <= columns ? text : clipPlain(text, columns);
  let used = 0;
  let kept = "";
  // Zero-width characters make any length possible, but only so many are read, because a payload may be long.
  const looked = text.slice(0, columns * 8 + 64).replace(/[\ud800-\udbff]$/, "");
  for (const grapheme of splitGraphemes(looked)) {
    const next = graphemeWidth(grapheme);
    if (used + next > columns) return appendEllipsis(kept, columns);
    used += next;
    kept += grapheme;
  }
  // Safe text that is cut between graphemes stays safe.
  return looked.length < text.length ? appendEllipsis(kept, columns) : (kept as SafeText);
}

/** Cuts a text of plain units that is too long, without a segmenter. */
function clipPlain(text: SafeText, columns: number): SafeText {
  let used = 0;
  let end = 0;
  while (used + plainUnitColumns(text.charCodeAt(end)) < columns) used += plainUnitColumns(text.charCodeAt(end++));
  return (columns < 1 ? "" : `${text.slice(0, end)}…`) as SafeText;
}

function appendEllipsis(text: string, columns: number): SafeText {
  const characters = splitGraphemes(text);
  let used = textWidth(text);
  while (characters.length > 0 && used > columns - 1) used -= graphemeWidth(characters.pop() as string);
  return (columns < 1 ? "" : `${characters.join("")}…`) as SafeText;
}

/** The text, padded with blanks to a number of columns. */
export function padEnd(text: SafeText, columns: number): SafeText {
  return safely`${text}${spaces(Math.max(0, columns - textWidth(text)))}`;
}
