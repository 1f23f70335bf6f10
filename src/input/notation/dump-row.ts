/** The parts of a row of a dump. */
export interface DumpRow {
  /** The digits of the offset. */
  readonly offset: string;
  /** The text after the offset, including a text column without delimiters; empty in the row that ends a dump. */
  readonly data: string;
  /** The text column, if bars or angle brackets delimit it; else `null`. */
  readonly text: string | null;
  /** Whether a colon follows the offset (xxd, gdb). */
  readonly hasColon: boolean;
  /** Whether it is almost certainly a row of a dump. */
  readonly isUnmistakable: boolean;
  /** Whether the offset has 0x before it: an address (gdb). */
  readonly isPrefixed: boolean;
}

/** No tool writes rows that are longer. */
export const MAX_ROW_CHARACTERS = 4096;
const DUMP_ROW = /^\s*(0x)?([0-9a-fA-F]{4,16})(?:\s<[^>]*>)?(:?)(?=\s|$)(.*)$/;

/** Parses a line; `null` if it is not a row of a dump. */
export function parseDumpRow(line: string): DumpRow | null {
  const match = line.length > MAX_ROW_CHARACTERS ? null : DUMP_ROW.exec(line);
  if (match === null) return null;
  const [, prefix, offset = "", colon = "", rest = ""] = match;
  const fence = findTextFence(rest);
  const text = fence < 0 ? null : rest.trimEnd().slice(fence + 1, -1);
  const apart = /^ {2,}\S/.test(rest) || /^0{6,}$/.test(offset);
  return {
    offset,
    data: fence < 0 ? rest : rest.slice(0, fence),
    text,
    hasColon: colon === ":",
    isPrefixed: prefix !== undefined,
    isUnmistakable: colon === ":" || text !== null || apart || prefix !== undefined,
  };
}

/** The start of a text column that bars or angle brackets delimit, after a blank; -1 if there is none. */
function findTextFence(rest: string): number {
  const end = rest.trimEnd().length - 1;
  const opening = rest[end] === "|" ? "|" : rest[end] === "<" ? ">" : null;
  if (opening === null) return -1;
  for (let at = rest.indexOf(opening, 1); at >= 0 && at < end; at = rest.indexOf(opening, at + 1)) {
    if (rest[at - 1] === " " || rest[at - 1] === "\t") return isTextFor(rest.slice(0, at), end - at - 1) ? at : -1;
  }
  return -1;
}

/** Whether a text column may follow some data. In the output of `od -c`, a bar may be a byte. */
function isTextFor(data: string, length: number): boolean {
  const words = data.trim().split(/\s+/);
  return words.length === length || words.every((word) => word.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(word));
}

/** The possible number bases of an offset, most likely first: od prints seven octal digits. */
export function guessOffsetBases(offset: string, next: string): readonly number[] {
  const decimal = /^\d+$/.test(offset + next);
  if (offset.length !== 7) return decimal ? [16, 10] : [16];
  return /^[0-7]+$/.test(offset + next) ? [8, 16, 10] : decimal ? [16, 10] : [16];
}
