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
  readonly hasRanges: boolean;
  /** The whole table, borders included. */
  readonly totalColumns: number;
}

const BITS_COLUMNS = 9;
/** The narrowest table that can be read. */
const MIN_TABLE_COLUMNS = 60;
/** From the last column of a cell's text to the first of the next one's: padding, border, padding. */
export const CELL_GAP_COLUMNS = 3;
/** The table's own borders and the padding inside them. */
export const EDGE_COLUMNS = 4;
/** A payload row's text is not stretched further: lines that long are hard to follow. */
const MAX_TEXT_COLUMNS = 48;
/** A grid column has room for a character at least; cells whose edges lie closer are made to meet. */
const MIN_EDGE_DISTANCE_COLUMNS = CELL_GAP_COLUMNS + 1;

/**
 * Fits a table to the width that there is. Rows of fields and rows of payload bytes have edges of their own, on one grid.
 *
 * @param columns of the terminal
 * @param end offset of the last byte that the table speaks of
 */
export function computeTableLayout(columns: number, end: number): TableLayout {
  const room = Math.max(MIN_TABLE_COLUMNS, columns);
  const bytesPerRow = room >= 188 ? 24 : room >= 136 ? 16 : room >= 80 ? 8 : 6;
  const ranges = end < 1000;
  const digits = String(end).length;
  const offset = Math.max("offset".length, ranges ? 2 * digits + 1 : digits);
  const pair = bytesPerRow * 3 - 1;
  const bytes = Math.max(5, Math.min(pair - BITS_COLUMNS - CELL_GAP_COLUMNS, 23));
  const name = room >= 136 ? 23 : room >= 80 ? 14 : 11;
  const beside = Math.min(
    2 * pair + MAX_TEXT_COLUMNS + 2 * CELL_GAP_COLUMNS,
    room - EDGE_COLUMNS - offset - CELL_GAP_COLUMNS,
  );
  // Where each cell of a row ends, counted from the first column beside the offset.
  const payloadEdges = [pair + CELL_GAP_COLUMNS, 2 * (pair + CELL_GAP_COLUMNS), beside + CELL_GAP_COLUMNS];
  const fieldEdges = alignEdges(
    [
      bytes + CELL_GAP_COLUMNS,
      bytes + BITS_COLUMNS + 2 * CELL_GAP_COLUMNS,
      bytes + BITS_COLUMNS + name + 3 * CELL_GAP_COLUMNS,
      beside + CELL_GAP_COLUMNS,
    ],
    payloadEdges,
  );
  const edges = [...new Set([...fieldEdges, ...payloadEdges])].sort((a, b) => a - b);
  const shape = (ends: readonly number[]): RowShape => ({
    spans: [1, ...ends.map((edge, i) => edges.indexOf(edge) - (i === 0 ? -1 : edges.indexOf(ends[i - 1] as number)))],
    widths: [offset, ...ends.map((edge, i) => edge - (ends[i - 1] ?? 0) - CELL_GAP_COLUMNS)],
  });
  return {
    grid: shape(edges).widths,
    field: shape(fieldEdges),
    masked: shape(payloadEdges),
    unmasked: shape([payloadEdges[0] as number, beside + CELL_GAP_COLUMNS]),
    across: shape([beside + CELL_GAP_COLUMNS]),
    bytesPerRow,
    hasRanges: ranges,
    totalColumns: offset + CELL_GAP_COLUMNS + beside + EDGE_COLUMNS,
  };
}

/** Moves edges that lie too close to one of `others` onto it. */
function alignEdges(edges: readonly number[], others: readonly number[]): number[] {
  return edges.map((edge) => others.find((other) => Math.abs(other - edge) < MIN_EDGE_DISTANCE_COLUMNS) ?? edge);
}
