import { HEX_DIGIT_VALUES } from "../../bytes/hex.js";

/** Where in a row a tool writes its bytes. Tools keep to their columns; so a text column never passes for bytes. */
export interface Columns {
  /** Bytes that a row has at most. */
  readonly most: number;
  /** The column of a byte's first digit, from the column of the first byte on. */
  at(index: number): number;
  /** The width of the part of the row that holds the bytes. */
  readonly width: number;
}

/** `81 05 48 …`, 16 in a row. */
export const PAIRS: Columns = { most: 16, at: (index) => index * 3, width: 47 };
/** `81 05 …` with a gap after the eighth, 16 in a row. */
export const TWO_GROUPS: Columns = { most: 16, at: (index) => index * 3 + (index >> 3), width: 48 };
/** `8105 486c …`, 16 bytes in a row. */
export const WORDS: Columns = { most: 16, at: (index) => (index >> 1) * 5 + (index & 1) * 2, width: 39 };

/** The bytes of a row, or the index of a character that should be a digit or a blank. */
export type ColumnsRead = Uint8Array | number;

/** Reads the bytes of a row, the first of which stands at `from`. */
export function readColumns(text: string, from: number, columns: Columns): ColumnsRead {
  const bytes = new Uint8Array(columns.most);
  let count = 0;
  let next = from;
  for (; count < columns.most; count++) {
    const at = from + columns.at(count);
    const high = HEX_DIGIT_VALUES[text.charCodeAt(at)] ?? -1;
    if (high < 0) break;
    const low = HEX_DIGIT_VALUES[text.charCodeAt(at + 1)] ?? -1;
    if (low < 0) return at + 1;
    bytes[count] = (high << 4) | low;
    next = at + 2;
  }
  // Behind the last byte, all is blank up to the text column.
  for (const end = Math.min(text.length, from + columns.width); next < end; next++) {
    if (text[next] !== " ") return next;
  }
  return bytes.subarray(0, count);
}
