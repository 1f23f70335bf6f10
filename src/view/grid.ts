import Table from "cli-table3";
import { joinSafe, type SafeText, safely, spaces } from "../bytes/safe-text.js";
import { lineWidth, paint, type StyledLine } from "./styled.js";
import type { Theme } from "./theme.js";

/** A cell, already broken into lines that fit its width. */
export interface GridCell {
  readonly lines: readonly StyledLine[];
  /** How many columns of the grid the cell takes; default 1. */
  readonly span?: number;
  readonly align?: "left" | "right";
}

export interface GridRow {
  readonly cells: readonly GridCell[];
  /** Whether there is a line above the row. */
  readonly ruled?: boolean;
}

/** A placeholder for one column of a cell's text during the layout by cli-table3. Safe text never contains it. */
const PLACEHOLDER = "\ue000";
const PLACEHOLDERS = /(\ue000+)/;
/** Columns between the texts of two cells: padding, border, padding. */
const CELL_GAP_COLUMNS = 3;

/**
 * Draws a table with cli-table3.
 *
 * The layout uses cells full of placeholders, which are replaced with the text afterwards, so that neither wide characters nor
 * colours can shift a border. cli-table3 needs cubic time in the height of a cell and quadratic time in the number of rows, so
 * it only gets cells of one line, and at most two rows of each run of rows with the same shape.
 *
 * @param widths the width of each column's text, in terminal columns, without padding
 */
export function drawGrid(rows: readonly GridRow[], widths: readonly number[], theme: Theme): SafeText {
  const runs = groupRuns(rows);
  const { top, drawn } = getLayout(runs, widths);
  const lines: SafeText[] = [formatBorder(top, theme)];
  let index = 0;
  for (const run of runs) {
    for (let i = 0; i < run.length; i++, index++) {
      const { cells } = rows[index] as GridRow;
      const last = i === run.length - 1;
      const { line, below } = drawn[last ? run.lastDrawn : run.firstDrawn] as DrawnRow;
      for (let y = 0; y < rowHeight(cells); y++) lines.push(formatTextLine(line, cells, y, theme));
      if (index + 1 === rows.length || rows[index + 1]?.ruled) lines.push(formatBorder(below, theme));
    }
  }
  return joinSafe(lines, "\n");
}

/** A run of consecutive rows with the same shape. The last row is drawn separately, because the border under it differs. */
interface RowRun {
  /** How many columns of the grid each cell takes. */
  readonly spans: readonly number[];
  length: number;
  readonly firstDrawn: number;
  lastDrawn: number;
}

function groupRuns(rows: readonly GridRow[]): RowRun[] {
  const runs: RowRun[] = [];
  for (const { cells } of rows) {
    const spans = cells.map(({ span = 1 }) => span);
    const last = runs.at(-1);
    if (last !== undefined && last.spans.join() === spans.join()) {
      last.length++;
      last.lastDrawn = last.firstDrawn + 1;
    } else {
      const at = last === undefined ? 0 : last.lastDrawn + 1;
      runs.push({ spans, length: 1, firstDrawn: at, lastDrawn: at });
    }
  }
  return runs;
}

/** A row as cli-table3 draws it, and the border under it. */
interface DrawnRow {
  readonly line: string;
  readonly below: string;
}

interface Layout {
  readonly top: string;
  readonly drawn: readonly DrawnRow[];
}

/** Layouts by shape: cli-table3 takes a millisecond for each. */
const LAYOUT_CACHE = new Map<string, Layout>();
const MAX_CACHED_LAYOUTS = 256;

function getLayout(runs: readonly RowRun[], widths: readonly number[]): Layout {
  const shape = `${widths.join()} ${runs.map(({ spans, length }) => `${length > 1 ? "+" : ""}${spans.join()}`).join(" ")}`;
  let layout = LAYOUT_CACHE.get(shape);
  if (layout === undefined) {
    layout = computeLayout(runs, widths);
    if (LAYOUT_CACHE.size === MAX_CACHED_LAYOUTS) LAYOUT_CACHE.clear();
    LAYOUT_CACHE.set(shape, layout);
  }
  return layout;
}

function computeLayout(runs: readonly RowRun[], widths: readonly number[]): Layout {
  const table = new Table({
    colWidths: widths.map((width) => width + 2),
    style: { head: [], border: [], compact: false },
  });
  for (const { spans, firstDrawn, lastDrawn } of runs)
    for (let at = firstDrawn; at <= lastDrawn; at++) table.push(buildPlaceholders(spans, widths));
  const [top = "", ...lines] = table.toString().split("\n");
  const drawn: DrawnRow[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2)
    drawn.push({ line: lines[at] as string, below: lines[at + 1] as string });
  return { top, drawn };
}

/** The cells of a row as input for cli-table3, filled with placeholders. */
function buildPlaceholders(
  spans: readonly number[],
  widths: readonly number[],
): { content: string; colSpan: number }[] {
  let column = 0;
  return spans.map((colSpan) => {
    const spanned = widths.slice(column, column + colSpan);
    column += colSpan;
    const width = spanned.reduce((sum, each) => sum + each, CELL_GAP_COLUMNS * (colSpan - 1));
    return { content: PLACEHOLDER.repeat(width), colSpan };
  });
}

function formatBorder(line: string, theme: Theme): SafeText {
  return theme("quiet", line as SafeText);
}

/** One text line of a row; cells with fewer lines are filled with blanks. */
function formatTextLine(drawn: string, cells: readonly GridCell[], y: number, theme: Theme): SafeText {
  let next = 0;
  const parts = drawn.split(PLACEHOLDERS).map((part): SafeText => {
    if (!part.startsWith(PLACEHOLDER))
      return joinSafe(
        part.split(/(│)/).map((piece) => (piece === "│" ? theme("quiet", piece as SafeText) : (piece as SafeText))),
        "",
      );
    const { lines, align } = cells[next++] as GridCell;
    const content = lines[y] ?? [];
    const blank = spaces(part.length - lineWidth(content));
    const painted = paint(content, theme);
    return align === "right" ? safely`${blank}${painted}` : safely`${painted}${blank}`;
  });
  return joinSafe(parts, "");
}

function rowHeight(cells: readonly GridCell[]): number {
  return cells.reduce((most, { lines }) => Math.max(most, lines.length), 1);
}
