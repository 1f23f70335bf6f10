/** How many columns of the grid each cell of a row takes, and the width of each cell's text. */
export interface RowShape {
  readonly spans: readonly number[];
  readonly widths: readonly number[];
}

/** The widths of a table, in terminal columns, without padding and borders. */
export interface TableLayout {
  /** The widths of the grid's columns. Rows of different shapes combine them differently. */
  readonly grid: readonly number[];
  /** offset, bytes, bits, field, value */
  readonly field: RowShape;
  /** offset, masked bytes, unmasked bytes, text */
  readonly masked: RowShape;
  /** offset, bytes, text */
  readonly unmasked: RowShape;
  /** offset, one text next to it */
  readonly across: RowShape;
  readonly bytesPerRow: number;
  /** Whether offsets are shown as ranges. */
  readonly hasRanges: boolean;
  /** The width of the whole table, with borders. */
  readonly totalColumns: number;
}

const BITS_COLUMNS = 9;
/** The width of the narrowest readable table. */
const MIN_TABLE_COLUMNS = 60;
/** Columns between the texts of two cells: padding, border, padding. */
export const CELL_GAP_COLUMNS = 3;
/** The outer borders of the table and the padding inside them. */
export const EDGE_COLUMNS = 4;
/** The widest text of a payload row; longer lines are hard to follow. */
const MAX_TEXT_COLUMNS = 48;
/** The smallest distance of two cell edges, so that a grid column has room for a character; closer edges are aligned. */
const MIN_EDGE_DISTANCE_COLUMNS = CELL_GAP_COLUMNS + 1;

/**
 * Fits a table to the available width. Rows of fields and rows of payload bytes have different edges on one grid.
 *
 * @param columns the width of the terminal
 * @param end the highest offset in the table
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
  // The edges of the cells of a row, counted from the first column after the offset.
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

/** Moves each edge that is too close to one of `others` onto it. */
function alignEdges(edges: readonly number[], others: readonly number[]): number[] {
  return edges.map((edge) => others.find((other) => Math.abs(other - edge) < MIN_EDGE_DISTANCE_COLUMNS) ?? edge);
}
