import { splitGraphemes } from "../bytes/graphemes.js";
import { joinSafe, makeSafe, type SafeText, spaces } from "../bytes/safe-text.js";
import { formatNumber } from "../bytes/size.js";
import type { Role, Theme } from "./theme.js";
import { graphemeWidth, textWidth } from "./width.js";

/** A piece of text with one role, or none. */
export interface StyledSpan {
  readonly text: SafeText;
  readonly role?: Role;
}

export type StyledLine = readonly StyledSpan[];

/** A piece of text, made safe for a terminal. */
export function span(text: string, role?: Role): StyledSpan {
  return safeSpan(makeSafe(text), role);
}

/** A piece of text that is already safe and needs no check. */
export function safeSpan(text: SafeText, role?: Role): StyledSpan {
  return role === undefined ? { text } : { text, role };
}

/** The width of a line in terminal columns. */
export function lineWidth(line: StyledLine): number {
  return line.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** The line without trailing blanks. */
export function trimEnd(line: StyledLine): StyledLine {
  const last = line.at(-1);
  if (last === undefined || !/\s$/.test(last.text)) return line;
  const trimmed = last.text.trimEnd() as SafeText;
  return trimmed === "" ? trimEnd(line.slice(0, -1)) : [...line.slice(0, -1), { ...last, text: trimmed }];
}

/** The line with colours. */
export function paint(line: StyledLine, theme: Theme): SafeText {
  return joinSafe(
    line.map(({ text, role }) => (role === undefined ? text : theme(role, text))),
    "",
  );
}

/** Breaks a line into lines of at most `columns` columns, between words if possible, otherwise inside a word. */
export function wrap(line: StyledLine, columns: number): StyledLine[] {
  const lines: StyledSpan[][] = [[]];
  let used = 0;
  /** Blanks before the next word, unless it starts a line. */
  let waiting = 0;
  const put = (text: SafeText, role: Role | undefined): void => {
    const line = lines.at(-1) as StyledSpan[];
    const last = line.at(-1);
    if (last !== undefined && last.role === role)
      line[line.length - 1] = safeSpan(joinSafe([last.text, spaces(waiting), text], ""), role);
    else line.push(safeSpan(joinSafe([spaces(waiting), text], ""), role));
    used += waiting + textWidth(text);
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
      const columnsOfWord = textWidth(word);
      if (used > 0 && used + waiting + columnsOfWord > columns && columnsOfWord <= columns) startLine();
      if (columnsOfWord <= columns) put(word, role);
      else
        for (const piece of splitWord(word, columns, columns - used - waiting)) {
          if (used > 0 && used + waiting + textWidth(piece) > columns) startLine();
          put(piece, role);
        }
    }
  }
  return lines;
}

/** The most lines of one text, so that a URL or header of several kilobytes does not hide what is around it. */
const MAX_WRAPPED_LINES = 24;

/** Like {@link wrap}, but of more than 24 lines only the first 23 remain, with a note about how much was left out. */
export function wrapLimited(line: StyledLine, columns: number): readonly StyledLine[] {
  const lines = wrap(line, columns);
  if (lines.length <= MAX_WRAPPED_LINES) return lines;
  const shown = lines.slice(0, MAX_WRAPPED_LINES - 1);
  const left = lines
    .slice(MAX_WRAPPED_LINES - 1)
    .reduce((sum, some) => sum + some.reduce((all, { text }) => all + text.length, 0), 0);
  return [...shown, ...wrap([span(`… ${formatNumber(left)} more characters (--to json)`, "quiet")], columns)];
}

/** Splits a long word into pieces of at most `columns` columns, the first of at most `first`. */
function splitWord(word: SafeText, columns: number, first: number): SafeText[] {
  const found: string[] = [];
  let room = first > 0 ? first : columns;
  let piece = "";
  let used = 0;
  for (const grapheme of splitGraphemes(word)) {
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
  // Safe text that is cut between graphemes stays safe.
  return found as SafeText[];
}
