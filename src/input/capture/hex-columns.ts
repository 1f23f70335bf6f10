import { findHexFault, parseHexPair } from "../hex-pair.js";

/** The columns in which a tool prints bytes. Tools keep to them, so a text column is never mistaken for bytes. */
export interface ColumnLayout {
  /** The most bytes of a row. */
  readonly maxBytes: number;
  /** The column of a byte's first digit, from the column of the first byte on. */
  columnAt(index: number): number;
  /** The width of the part of the row that holds the bytes. */
  readonly width: number;
}

/** `81 05 48 …`, 16 in a row. */
export const PAIR_COLUMNS: ColumnLayout = { maxBytes: 16, columnAt: (index) => index * 3, width: 47 };
/** `81 05 …` with a gap after the eighth, 16 in a row. */
export const TWO_GROUP_COLUMNS: ColumnLayout = {
  maxBytes: 16,
  columnAt: (index) => index * 3 + (index >> 3),
  width: 48,
};
/** `8105 486c …`, 16 bytes in a row. */
export const WORD_COLUMNS: ColumnLayout = {
  maxBytes: 16,
  columnAt: (index) => (index >> 1) * 5 + (index & 1) * 2,
  width: 39,
};

/** The bytes of a row, or the index of a character that should be a digit or a blank. */
export type ParsedColumns = Uint8Array | number;

/** Parses the bytes of a row, which start at index `from`. */
export function parseColumns(text: string, from: number, columns: ColumnLayout): ParsedColumns {
  const bytes = new Uint8Array(columns.maxBytes);
  let count = 0;
  let next = from;
  for (; count < columns.maxBytes; count++) {
    const at = from + columns.columnAt(count);
    const byte = parseHexPair(text, at);
    if (byte < 0) {
      if (findHexFault(text, at) === at) break;
      return at + 1;
    }
    bytes[count] = byte;
    next = at + 2;
  }
  // After the last byte, everything up to the text column is blank.
  for (const end = Math.min(text.length, from + columns.width); next < end; next++) {
    if (text[next] !== " ") return next;
  }
  return bytes.subarray(0, count);
}
