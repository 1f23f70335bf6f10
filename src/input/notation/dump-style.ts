import { HEX_DIGIT_VALUES } from "../../bytes/hex.js";
import type { DumpRow } from "./dump-row.js";

/**
 * How a dump writes its bytes: reads the bytes of a row, `null` where they are not written so. The row may have a text column
 * behind them; `length` is how many bytes there are, `null` if that is not known. Only the `last` row may be padded.
 */
export type DumpStyle = (row: DumpRow, length: number | null, last: boolean) => number[] | null;

/** One word of a row as its bytes, `null` when it is none. */
type Word = (word: string) => number[] | null;

function hexPairs(digits: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < digits.length; at += 2) {
    bytes.push(
      ((HEX_DIGIT_VALUES[digits.charCodeAt(at)] as number) << 4) |
        (HEX_DIGIT_VALUES[digits.charCodeAt(at + 1)] as number),
    );
  }
  return bytes;
}

const hexWord: Word = (word) => (word.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(word) ? hexPairs(word) : null);
const littleEndianWord: Word = (word) => hexWord(word)?.reverse() ?? null;
/** gdb's words are numbers of this machine's kind: least significant byte first. */
const prefixedWord: Word = (word) => (word.startsWith("0x") ? littleEndianWord(word.slice(2)) : null);
const octalByte: Word = (word) => (/^[0-3][0-7]{2}$/.test(word) ? [Number.parseInt(word, 8)] : null);
/** od's and hexdump's octal words have as many digits as their size needs. */
const OCTAL_SIZES: Readonly<Record<number, number>> = { 6: 2, 11: 4, 22: 8 };
const octalWord: Word = (word) => {
  const size = OCTAL_SIZES[word.length];
  return size !== undefined && /^[0-7]+$/.test(word) ? littleEndian(BigInt(`0o${word}`), size) : null;
};
const bitWord: Word = (word) => (/^[01]{8}$/.test(word) ? [Number.parseInt(word, 2)] : null);
const decimalByte: Word = (word) => {
  const value = /^-?\d{1,3}$/.test(word) ? Number(word) : 256;
  return value >= -128 && value <= 255 ? [value & 0xff] : null;
};

/** A number as bytes, least significant first; `null` where it does not fit. */
function littleEndian(value: bigint, size: number): number[] | null {
  const bits = BigInt(size * 8);
  if (value >= 1n << bits || value < -(1n << (bits - 1n))) return null;
  const unsigned = BigInt.asUintN(size * 8, value);
  return Array.from({ length: size }, (_, index) => Number((unsigned >> BigInt(index * 8)) & 0xffn));
}

/** Decimal numbers of some bytes each. Only where the row's length is known do they tell their size. */
function decimals(size: number): DumpStyle {
  const style = words((word) => (/^-?\d{1,20}$/.test(word) ? littleEndian(BigInt(word), size) : null));
  return (row, length, last) => (length === null ? null : style(row, length, last));
}

/** How many words from the end on are tried as part of the text column. */
const TRIED = 64;

/** A style whose words stand with blanks between them. No word that could be data is dropped, unless the text column says so. */
function words(read: Word): DumpStyle {
  return ({ data, text }, length, last) => {
    const bytes: number[] = [];
    /** How many bytes the first words have, for each number of words. */
    const counts: number[] = [];
    let ended = false;
    for (const [word] of data.matchAll(/\S+/g)) {
      const some = ended ? null : read(word);
      if (some === null) {
        // What is no word must be the text column; in a row that has it fenced off, there is none here.
        if (text !== null || counts.length === 0) return null;
        ended = true;
        continue;
      }
      for (const byte of some) bytes.push(byte);
      counts.push(bytes.length);
    }
    const most = counts.at(-1);
    if (most === undefined) return null;
    if (length === null) return text !== null ? bytes : withoutText(data, bytes, counts, ended);
    const shown = bytes.slice(0, length);
    // Of the last word some bytes may be padding, which is zero; any other word, or what is none, must be the text column.
    const padding = (counts.at(-2) ?? 0) < length && bytes.slice(length).every((byte) => byte === 0);
    const all = !ended && (most === length || (last && most > length && padding));
    return all || (text === null && most >= length && endsWithText(data, shown)) ? shown : null;
  };
}

/** The bytes of a row whose text column is not fenced off, and may look like words too. */
function withoutText(data: string, bytes: number[], counts: readonly number[], ended: boolean): number[] | null {
  if (!/\S {2,}\S/.test(data)) return ended ? null : bytes;
  const count = counts.slice(-TRIED).findLast((some) => endsWithText(data, bytes.slice(0, some)));
  if (count !== undefined) return bytes.slice(0, count);
  return ended ? null : bytes;
}

/** Whether a row ends with the text of bytes. ncat's has a dot for a blank too. */
function endsWithText(data: string, bytes: readonly number[]): boolean {
  const row = data.trimEnd();
  const text = asText(bytes);
  return row.endsWith(text.trimEnd()) || row.endsWith(text.replaceAll(" ", "."));
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
  return /\S {2,}\S+/.test(data) ? endsWithText(data, bytes) : null;
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
  // A blank is a byte too, and no tool leaves its cell out.
  if (data.trimEnd().length > end || data.length < end) return null;
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

const gdbOctal: Word = (word) => (/^0[0-3]?[0-7]{0,2}$/.test(word) ? [Number.parseInt(word, 8)] : null);

/** The style of a row without the characters in quotes that gdb's x/c has behind its numbers. */
function unquoted(style: DumpStyle): DumpStyle {
  return (row, length, last) =>
    style({ ...row, data: row.data.replace(/'(?:\\.[0-7]{0,2}|[^'\\])'/g, "") }, length, last);
}

const WORD_DECIMALS = [2, 4, 8].map(decimals);

/** The styles that a row may be in, the likelier first: behind xxd's colon, groups stand in the order of the bytes. */
export function stylesOf({ colon, data, prefixed }: DumpRow): readonly DumpStyle[] {
  const first = /\S+/.exec(data)?.[0] ?? "";
  if (first.startsWith("0x")) return [words(prefixedWord)];
  if (prefixed) return [unquoted(words(gdbOctal)), unquoted(words(decimalByte)), ...WORD_DECIMALS];
  const hex = colon || first.length === 2 ? [IN_ORDER, LITTLE_ENDIAN] : [LITTLE_ENDIAN, IN_ORDER];
  const octal = [words(octalWord), words(octalByte)];
  return [words(bitWord), ...octal, ...hex, characters, words(decimalByte), ...WORD_DECIMALS];
}
