import { graphemes } from "../bytes/graphemes.js";
import { blanks, joinSafe, makeSafe, type SafeText } from "../bytes/safe-text.js";
import { grouped } from "../bytes/size.js";
import type { Role, Theme } from "./theme.js";
import { graphemeWidth, width } from "./width.js";

/** A piece of text with one role, or none. */
export interface Span {
  readonly text: SafeText;
  readonly role?: Role;
}

export type Line = readonly Span[];

/** A piece of text, made safe for a terminal. */
export function span(text: string, role?: Role): Span {
  return safeSpan(makeSafe(text), role);
}

/** A piece of text that is safe already: it is not looked at again. */
export function safeSpan(text: SafeText, role?: Role): Span {
  return role === undefined ? { text } : { text, role };
}

/** Columns of a line. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + width(text), 0);
}

/** The line without the blanks at its end. */
export function trimEnd(line: Line): Line {
  const last = line.at(-1);
  if (last === undefined || !/\s$/.test(last.text)) return line;
  const trimmed = last.text.trimEnd() as SafeText;
  return trimmed === "" ? trimEnd(line.slice(0, -1)) : [...line.slice(0, -1), { ...last, text: trimmed }];
}

/** The line with its colours. */
export function paint(line: Line, theme: Theme): SafeText {
  return joinSafe(
    line.map(({ text, role }) => (role === undefined ? text : theme(role, text))),
    "",
  );
}

/** Breaks a line into lines of at most so many columns: between words where it can, inside a word where it must. */
export function wrap(line: Line, columns: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  /** Blanks that stand before the next word, unless that begins a line. */
  let waiting = 0;
  const put = (text: SafeText, role: Role | undefined): void => {
    const line = lines.at(-1) as Span[];
    const last = line.at(-1);
    if (last !== undefined && last.role === role)
      line[line.length - 1] = safeSpan(joinSafe([last.text, blanks(waiting), text], ""), role);
    else line.push(safeSpan(joinSafe([blanks(waiting), text], ""), role));
    used += waiting + width(text);
    waiting = 0;
  };
  const startLine = (): void => {
    lines.push([]);
    used = 0;
    waiting = 0;
  };
  for (const { text, role } of line) {
    for (const word of text.split(/( +)/) as SafeText[]) {
      if (word === "" || word.startsWith(" ")) {
        waiting += word.length;
        continue;
      }
      const columnsOfWord = width(word);
      if (used > 0 && used + waiting + columnsOfWord > columns && columnsOfWord <= columns) startLine();
      if (columnsOfWord <= columns) put(word, role);
      else
        for (const piece of pieces(word, columns, columns - used - waiting)) {
          if (used > 0 && used + waiting + width(piece) > columns) startLine();
          put(piece, role);
        }
    }
  }
  return lines;
}

/** Lines of one text at most: an address or a header of several kilobytes must not hide what stands around it. */
const MOST_LINES = 24;

/** Breaks a line into lines of at most so many columns; of too many lines only the first, and how much was left out. */
export function wrapStart(line: Line, columns: number): readonly Line[] {
  const lines = wrap(line, columns);
  if (lines.length <= MOST_LINES) return lines;
  const shown = lines.slice(0, MOST_LINES - 1);
  const left = lines
    .slice(MOST_LINES - 1)
    .reduce((sum, some) => sum + some.reduce((all, { text }) => all + text.length, 0), 0);
  return [...shown, ...wrap([span(`… ${grouped(left)} more characters (--to json)`, "quiet")], columns)];
}

/** A long word in pieces of at most `columns`, the first of at most `first`. */
function pieces(word: SafeText, columns: number, first: number): SafeText[] {
  const found: string[] = [];
  let room = first > 0 ? first : columns;
  let piece = "";
  let used = 0;
  for (const grapheme of graphemes(word)) {
    const next = graphemeWidth(grapheme);
    if (used + next > room && piece !== "") {
      found.push(piece);
      piece = "";
      used = 0;
      room = columns;
    }
    piece += grapheme;
    used += next;
  }
  found.push(piece);
  // What is cut between characters stays safe.
  return found as SafeText[];
}
