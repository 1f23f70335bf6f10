import { graphemes } from "./escape.js";
import type { Role, Theme } from "./theme.js";
import { graphemeWidth, width } from "./width.js";

/** A piece of text with one role, or none. It is safe already. */
export interface Span {
  readonly text: string;
  readonly role?: Role;
}

export type Line = readonly Span[];

/** A piece of text. */
export function span(text: string, role?: Role): Span {
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
  const trimmed = last.text.trimEnd();
  return trimmed === "" ? trimEnd(line.slice(0, -1)) : [...line.slice(0, -1), { ...last, text: trimmed }];
}

/** The line with its colours. */
export function paint(line: Line, theme: Theme): string {
  return line.map(({ text, role }) => (role === undefined ? text : theme(role, text))).join("");
}

/** Breaks a line into lines of at most so many columns: between words where it can, inside a word where it must. */
export function wrap(line: Line, columns: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  /** Blanks that stand before the next word, unless that begins a line. */
  let blanks = "";
  const put = (text: string, role: Role | undefined): void => {
    const line = lines.at(-1) as Span[];
    const last = line.at(-1);
    if (last !== undefined && last.role === role) line[line.length - 1] = span(last.text + blanks + text, role);
    else line.push(span(blanks + text, role));
    used += blanks.length + width(text);
    blanks = "";
  };
  const startLine = (): void => {
    lines.push([]);
    used = 0;
    blanks = "";
  };
  for (const { text, role } of line) {
    for (const word of text.split(/( +)/)) {
      if (word === "" || word.startsWith(" ")) {
        blanks += word;
        continue;
      }
      const columnsOfWord = width(word);
      if (used > 0 && used + blanks.length + columnsOfWord > columns && columnsOfWord <= columns) startLine();
      if (columnsOfWord <= columns) put(word, role);
      else
        for (const piece of pieces(word, columns, columns - used - blanks.length)) {
          if (used > 0 && used + blanks.length + width(piece) > columns) startLine();
          put(piece, role);
        }
    }
  }
  return lines;
}

/** A long word in pieces of at most `columns`, the first of at most `first`. */
function pieces(word: string, columns: number, first: number): string[] {
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
  return [...found, piece];
}
