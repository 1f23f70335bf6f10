/** Columns of the grid that the cells of a row take, in order, and the width of each cell's text. */
export interface RowShape {
  readonly spans: readonly number[];
  readonly widths: readonly number[];
}

/** How wide a table's columns are. All numbers are terminal columns; padding and borders are not counted. */
export interface TableLayout {
  /** Of the grid's columns. Rows of different shapes join them as they need. */
  readonly grid: readonly number[];
  /** offset, bytes, bits, field, value */
  readonly field: RowShape;
  /** offset, masked bytes, unmasked bytes, text */
  readonly masked: RowShape;
  /** offset, bytes, text */
  readonly unmasked: RowShape;
  /** offset, one text beside it */
  readonly across: RowShape;
  readonly bytesPerRow: number;
  /** Whether offsets are shown as ranges. */
  readonly ranges: boolean;
  /** The whole table, borders included. */
  readonly total: number;
}

const BITS = 9;
/** The narrowest table that can be read. */
const LEAST = 60;
/** From the last column of a cell's text to the first of the next one's: padding, border, padding. */
export const JOINT = 3;
/** The table's own borders and the padding inside them. */
export const EDGES = 4;
/** A payload row's text is not stretched further: lines that long are hard to follow. */
const WIDEST_TEXT = 48;
/** A grid column has room for a character at least; cells whose edges lie closer are made to meet. */
const CLOSEST = JOINT + 1;

/**
 * Fits a table to the width that there is. Rows of fields and rows of payload bytes have edges of their own, on one grid.
 *
 * @param columns of the terminal
 * @param end offset of the last byte that the table speaks of
 */
export function tableLayout(columns: number, end: number): TableLayout {
  const room = Math.max(LEAST, columns);
  const bytesPerRow = room >= 188 ? 24 : room >= 136 ? 16 : room >= 80 ? 8 : 6;
  const ranges = end < 1000;
  const digits = String(end).length;
  const offset = Math.max("offset".length, ranges ? 2 * digits + 1 : digits);
  const pair = bytesPerRow * 3 - 1;
  const bytes = Math.max(5, Math.min(pair - BITS - JOINT, 23));
  const name = room >= 136 ? 23 : room >= 80 ? 14 : 11;
  const beside = Math.min(2 * pair + WIDEST_TEXT + 2 * JOINT, room - EDGES - offset - JOINT);
  // Where each cell of a row ends, counted from the first column beside the offset.
  const payloadEdges = [pair + JOINT, 2 * (pair + JOINT), beside + JOINT];
  const fieldEdges = meet(
    [bytes + JOINT, bytes + BITS + 2 * JOINT, bytes + BITS + name + 3 * JOINT, beside + JOINT],
    payloadEdges,
  );
  const edges = [...new Set([...fieldEdges, ...payloadEdges])].sort((a, b) => a - b);
  const shape = (ends: readonly number[]): RowShape => ({
    spans: [1, ...ends.map((edge, i) => edges.indexOf(edge) - (i === 0 ? -1 : edges.indexOf(ends[i - 1] as number)))],
    widths: [offset, ...ends.map((edge, i) => edge - (ends[i - 1] ?? 0) - JOINT)],
  });
  return {
    grid: shape(edges).widths,
    field: shape(fieldEdges),
    masked: shape(payloadEdges),
    unmasked: shape([payloadEdges[0] as number, beside + JOINT]),
    across: shape([beside + JOINT]),
    bytesPerRow,
    ranges,
    total: offset + JOINT + beside + EDGES,
  };
}

/** Moves edges that lie too close to one of `others` onto it. */
function meet(edges: readonly number[], others: readonly number[]): number[] {
  return edges.map((edge) => others.find((other) => Math.abs(other - edge) < CLOSEST) ?? edge);
}
