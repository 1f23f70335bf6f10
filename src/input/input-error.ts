/** A position in a text. */
export interface Place {
  /** Bytes from the start of the input. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** Characters from the start of the line, from 1. */
  readonly column: number;
  /** The text around the place, on its line. */
  readonly excerpt: string;
}

/** The input cannot be read. The message says what is wrong, `place` where, and `hint` what to do. */
export class InputError extends Error {
  readonly place: Place | null;
  readonly hint: string;

  constructor(message: string, place: Place | null, hint: string) {
    super(message);
    this.place = place;
    this.hint = hint;
  }
}

const EXCERPT_RADIUS_CHARACTERS = 16;

/** The number of characters of a text; surrogate pairs count once. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return count;
}

/** The place of the character at `index` of a complete text. */
export function findPlace(text: string, index: number): Place {
  const lineStart = text.lastIndexOf("\n", index - 1) + 1;
  const lineEnd = text.indexOf("\n", index);
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd);
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) lines++;
  return {
    offset: Buffer.byteLength(text.slice(0, index)),
    line: lines,
    column: countCharacters(text.slice(lineStart, index)) + 1,
    excerpt: formatExcerpt(line, index - lineStart),
  };
}

/** The part of a line around a character, with `…` where it is shortened. */
export function formatExcerpt(line: string, at: number): string {
  const start = Math.max(0, at - EXCERPT_RADIUS_CHARACTERS);
  const end = Math.min(line.length, at + EXCERPT_RADIUS_CHARACTERS);
  return `${start > 0 ? "…" : ""}${line.slice(start, end).replace(/\r$/, "")}${end < line.length ? "…" : ""}`;
}
