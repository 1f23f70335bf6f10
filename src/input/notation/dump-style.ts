import { parseHexPair } from "../hex-pair.js";
import type { DumpRow } from "./dump-row.js";

/**
 * How a dump writes its bytes: parses the bytes of a row, or returns `null` if the style differs. A text column may
 * follow them. `length` is the number of bytes, `null` if unknown. Only the `last` row may be padded.
 */
export type DumpStyle = (row: DumpRow, length: number | null, last: boolean) => number[] | null;

/** The bytes of one word of a row; `null` if it is not such a word. */
type WordParser = (word: string) => number[] | null;

function parseHexPairs(digits: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < digits.length; at += 2) bytes.push(parseHexPair(digits, at));
  return bytes;
}

const parseHexWord: WordParser = (word) =>
  word.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(word) ? parseHexPairs(word) : null;
const parseLittleEndianWord: WordParser = (word) => parseHexWord(word)?.reverse() ?? null;
/** gdb prints words as little-endian numbers. */
const parsePrefixedWord: WordParser = (word) => (word.startsWith("0x") ? parseLittleEndianWord(word.slice(2)) : null);
const parseOctalByte: WordParser = (word) => (/^[0-3][0-7]{2}$/.test(word) ? [Number.parseInt(word, 8)] : null);
/** od's and hexdump's octal words have as many digits as their size needs. */
const OCTAL_SIZES: Readonly<Record<number, number>> = { 6: 2, 11: 4, 22: 8 };
const parseOctalWord: WordParser = (word) => {
  const size = OCTAL_SIZES[word.length];
  return size !== undefined && /^[0-7]+$/.test(word) ? encodeLittleEndian(BigInt(`0o${word}`), size) : null;
};
const parseBitWord: WordParser = (word) => (/^[01]{8}$/.test(word) ? [Number.parseInt(word, 2)] : null);
const parseDecimalByte: WordParser = (word) => {
  const value = /^-?\d{1,3}$/.test(word) ? Number(word) : 256;
  return value >= -128 && value <= 255 ? [value & 0xff] : null;
};

/** A number as bytes, least significant first; `null` if it does not fit. */
function encodeLittleEndian(value: bigint, size: number): number[] | null {
  const bits = BigInt(size * 8);
  if (value >= 1n << bits || value < -(1n << (bits - 1n))) return null;
  const unsigned = BigInt.asUintN(size * 8, value);
  return Array.from({ length: size }, (_, index) => Number((unsigned >> BigInt(index * 8)) & 0xffn));
}

/** Decimal numbers of some bytes each. Their size is known only if the length of the row is. */
function createDecimalStyle(size: number): DumpStyle {
  const style = createWordStyle((word) => (/^-?\d{1,20}$/.test(word) ? encodeLittleEndian(BigInt(word), size) : null));
  return (row, length, last) => (length === null ? null : style(row, length, last));
}

/** How many words at the end are tried as part of the text column. */
const MAX_TRIED_WORDS = 64;

/** A style of words separated by blanks. A word that could be data is dropped only if the text column shows that it is not. */
function createWordStyle(read: WordParser): DumpStyle {
  return ({ data, text }, length, last) => {
    const bytes: number[] = [];
    /** The number of bytes in the first 1, 2, 3 … words. */
    const counts: number[] = [];
    let ended = false;
    for (const [word] of data.matchAll(/\S+/g)) {
      const some = ended ? null : read(word);
      if (some === null) {
        // Anything that is not a word must be the text column, unless the row has a separate one.
        if (text !== null || counts.length === 0) return null;
        ended = true;
        continue;
      }
      for (const byte of some) bytes.push(byte);
      counts.push(bytes.length);
    }
    const most = counts.at(-1);
    if (most === undefined) return null;
    if (length === null) return text !== null ? bytes : dropTextColumn(data, bytes, counts, ended);
    const shown = bytes.slice(0, length);
    // The last word may end with zero padding. Anything else after the data must be the text column.
    const padding = (counts.at(-2) ?? 0) < length && bytes.slice(length).every((byte) => byte === 0);
    const all = !ended && (most === length || (last && most > length && padding));
    return all || (text === null && most >= length && endsWithTextColumn(data, shown)) ? shown : null;
  };
}

/** The bytes of a row whose text column is not delimited and may look like words. */
function dropTextColumn(data: string, bytes: number[], counts: readonly number[], ended: boolean): number[] | null {
  if (!/\S {2,}\S/.test(data)) return ended ? null : bytes;
  const count = counts.slice(-MAX_TRIED_WORDS).findLast((some) => endsWithTextColumn(data, bytes.slice(0, some)));
  if (count !== undefined) return bytes.slice(0, count);
  return ended ? null : bytes;
}

/** Whether a row ends with the text of its bytes. ncat prints a space as a dot too. */
function endsWithTextColumn(data: string, bytes: readonly number[]): boolean {
  const row = data.trimEnd();
  const text = formatTextColumn(bytes);
  return row.endsWith(text.trimEnd()) || row.endsWith(text.replaceAll(" ", "."));
}

/** The text column of a dump for these bytes. */
function formatTextColumn(bytes: readonly number[]): string {
  return bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
}

/** Whether the text column of a row matches the bytes; `null` if the row has no text column. */
export function matchesTextColumn({ data, text }: DumpRow, bytes: readonly number[]): boolean | null {
  const expected = formatTextColumn(bytes);
  if (text !== null) return text === expected;
  // A text column without delimiters follows the words after a gap.
  return /\S {2,}\S+/.test(data) ? endsWithTextColumn(data, bytes) : null;
}

/** The bytes of a line of octal bytes without an offset (`od -An -b`); `null` for other lines. */
export function parseOctalBytes(line: string): number[] | null {
  const bytes = line
    .trim()
    .split(/\s+/)
    .map((word) => parseOctalByte(word)?.[0]);
  return bytes.every((byte) => byte !== undefined) ? bytes : null;
}

const NAMED_ESCAPES: Readonly<Record<string, number>> = {
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
const parseCharacterCells: DumpStyle = ({ data }, length) => {
  const bytes: number[] = [];
  const end = length === null ? data.trimEnd().length : length * 4;
  // A space is a byte too, and every tool prints its cell.
  if (data.trimEnd().length > end || data.length < end) return null;
  for (let at = 0; at < end; at += 4) {
    const cell = data.slice(at, at + 4).padEnd(4);
    const shown = cell.trim();
    const named = NAMED_ESCAPES[shown];
    if (cell[0] !== " ") return null;
    if (shown === "") bytes.push(0x20);
    else if (named !== undefined) bytes.push(named);
    else if (parseOctalByte(shown) !== null) bytes.push(Number.parseInt(shown, 8));
    else if (shown.length === 1 && shown < "\u007f" && cell[3] !== " ") bytes.push(shown.charCodeAt(0));
    else return null;
  }
  return bytes;
};

const BYTE_ORDER_STYLE = createWordStyle(parseHexWord);
const LITTLE_ENDIAN_STYLE = createWordStyle(parseLittleEndianWord);

const parseGdbOctal: WordParser = (word) => (/^0[0-3]?[0-7]{0,2}$/.test(word) ? [Number.parseInt(word, 8)] : null);

/** A style that ignores the quoted characters that gdb's x/c prints after its numbers. */
function ignoreQuoted(style: DumpStyle): DumpStyle {
  return (row, length, last) =>
    style({ ...row, data: row.data.replace(/'(?:\\.[0-7]{0,2}|[^'\\])'/g, "") }, length, last);
}

/** The incomplete last word of `xxd -e`: only with little-endian words it is padded on its left, to 8 digits. */
const RIGHT_ALIGNED_WORD = /^ (?:[0-9a-f]{8} )*(?: {2}[0-9a-f]{6}| {4}[0-9a-f]{4}| {6}[0-9a-f]{2})(?: |$)/;

const DECIMAL_STYLES = [2, 4, 8].map(createDecimalStyle);

/** The possible styles of a row, most likely first: after the colon of xxd, groups are in byte order. */
export function findStyles({ hasColon, data, isPrefixed }: DumpRow): readonly DumpStyle[] {
  const first = /\S+/.exec(data)?.[0] ?? "";
  if (first.startsWith("0x")) return [createWordStyle(parsePrefixedWord)];
  if (isPrefixed)
    return [
      ignoreQuoted(createWordStyle(parseGdbOctal)),
      ignoreQuoted(createWordStyle(parseDecimalByte)),
      ...DECIMAL_STYLES,
    ];
  const isInByteOrder = (hasColon && !RIGHT_ALIGNED_WORD.test(data)) || first.length === 2;
  const hex = isInByteOrder ? [BYTE_ORDER_STYLE, LITTLE_ENDIAN_STYLE] : [LITTLE_ENDIAN_STYLE, BYTE_ORDER_STYLE];
  const octal = [createWordStyle(parseOctalWord), createWordStyle(parseOctalByte)];
  return [
    createWordStyle(parseBitWord),
    ...octal,
    ...hex,
    parseCharacterCells,
    createWordStyle(parseDecimalByte),
    ...DECIMAL_STYLES,
  ];
}
