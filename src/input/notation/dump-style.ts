import { HEX_VALUE } from "../../bytes/hex.js";
import type { DumpRow } from "./dump-row.js";

/**
 * How a dump writes its bytes: reads the bytes of a row, `null` where they are not written so. The row may have a text column
 * behind them; `length` is how many bytes there are, `null` if that is not known.
 */
export type DumpStyle = (row: DumpRow, length: number | null) => number[] | null;

/** One word of a row as its bytes, `null` when it is none. */
type Word = (word: string) => number[] | null;

function hexPairs(digits: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < digits.length; at += 2) {
    bytes.push(((HEX_VALUE[digits.charCodeAt(at)] as number) << 4) | (HEX_VALUE[digits.charCodeAt(at + 1)] as number));
  }
  return bytes;
}

const hexWord: Word = (word) => (/^(?:[0-9a-fA-F]{2})+$/.test(word) ? hexPairs(word) : null);
/** gdb's words are numbers of this machine's kind: least significant byte first. */
const prefixedWord: Word = (word) => (/^0x(?:[0-9a-fA-F]{2})+$/.test(word) ? hexPairs(word.slice(2)).reverse() : null);
const littleEndianWord: Word = (word) => hexWord(word)?.reverse() ?? null;
const octalByte: Word = (word) => (/^[0-3][0-7]{2}$/.test(word) ? [Number.parseInt(word, 8)] : null);
const octalWord: Word = (word) => (/^[01][0-7]{5}$/.test(word) ? twoBytes(Number.parseInt(word, 8)) : null);
const decimalWord: Word = (word) => (/^\d{5}$/.test(word) && Number(word) <= 0xffff ? twoBytes(Number(word)) : null);
const bitWord: Word = (word) => (/^[01]{8}$/.test(word) ? [Number.parseInt(word, 2)] : null);
const decimalByte: Word = (word) => {
  const value = /^-?\d{1,3}$/.test(word) ? Number(word) : 256;
  return value >= -128 && value <= 255 ? [value & 0xff] : null;
};

function twoBytes(value: number): number[] {
  return [value & 0xff, value >> 8];
}

/** A style whose words stand with blanks between them. */
function words(read: Word): DumpStyle {
  return ({ data, text }, length) => {
    const bytes: number[] = [];
    /** How many bytes the first words have, for each number of words. */
    const counts: number[] = [];
    let ended = false;
    for (const [word] of data.matchAll(/\S+/g)) {
      const some = ended ? null : read(word);
      if (some === null || (length !== null && bytes.length >= length)) {
        // What is no word must be the text column; in a row that has it fenced off, there is none here.
        if (text !== null || counts.length === 0) return null;
        ended = true;
        continue;
      }
      bytes.push(...some);
      counts.push(bytes.length);
    }
    if (length !== null) return bytes.length >= length && bytes.length <= length + 7 ? bytes.slice(0, length) : null;
    if (text !== null || counts.length === 0) return counts.length === 0 ? null : bytes;
    // The text column may look like words too: as many words are data as the line's end is the text of.
    const fitting = counts.filter((count) => data.trimEnd().endsWith(asText(bytes.slice(0, count)).trimEnd()));
    return fitting.length === 0 ? bytes : bytes.slice(0, fitting.at(-1));
  };
}

/** Bytes as a dump's text column has them. */
function asText(bytes: readonly number[]): string {
  return bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
}

/** Whether a row's text column says the same as bytes read from it; `null` when it has none. */
export function agreesWithText({ data, text }: DumpRow, bytes: readonly number[]): boolean | null {
  const expected = asText(bytes);
  if (text !== null) return text === expected;
  // A text column that is not fenced off stands behind the words, a gap away.
  return /\S {2,}\S+/.test(data) ? data.trimEnd().endsWith(expected.trimEnd()) : null;
}

/** A line of octal bytes without an offset, as `od -An -b` has it; `null` when it is none. */
export function octalBytes(line: string): number[] | null {
  const bytes = line
    .trim()
    .split(/\s+/)
    .map((word) => octalByte(word)?.[0]);
  return bytes.every((byte) => byte !== undefined) ? bytes : null;
}

const NAMED: Readonly<Record<string, number>> = {
  "\\0": 0,
  "\\a": 7,
  "\\b": 8,
  "\\t": 9,
  "\\n": 10,
  "\\v": 11,
  "\\f": 12,
  "\\r": 13,
};

/** Characters, each in four columns: itself, an escape, or three octal digits. */
const characters: DumpStyle = ({ data }, length) => {
  const bytes: number[] = [];
  const end = length === null ? data.trimEnd().length : length * 4;
  for (let at = 0; at < end; at += 4) {
    const cell = data.slice(at, at + 4).padEnd(4);
    const shown = cell.trim();
    const named = NAMED[shown];
    if (cell[0] !== " ") return null;
    if (shown === "") bytes.push(0x20);
    else if (named !== undefined) bytes.push(named);
    else if (octalByte(shown) !== null) bytes.push(Number.parseInt(shown, 8));
    else if (shown.length === 1 && shown < "\u007f" && cell[3] !== " ") bytes.push(shown.charCodeAt(0));
    else return null;
  }
  return bytes;
};

const IN_ORDER = words(hexWord);
const LITTLE_ENDIAN = words(littleEndianWord);

/** The styles that a row may be in, the likelier first: behind xxd's colon, groups stand in the order of the bytes. */
export function stylesOf({ colon, data }: DumpRow): readonly DumpStyle[] {
  const first = /\S+/.exec(data)?.[0] ?? "";
  if (first.startsWith("0x")) return [words(prefixedWord)];
  const hex = colon || first.length === 2 ? [IN_ORDER, LITTLE_ENDIAN] : [LITTLE_ENDIAN, IN_ORDER];
  return [
    words(bitWord),
    words(octalWord),
    words(octalByte),
    words(decimalWord),
    ...hex,
    characters,
    words(decimalByte),
  ];
}
