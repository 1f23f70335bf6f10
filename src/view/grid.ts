import Table from "cli-table3";
import { type Line, lineWidth, paint } from "./styled.js";
import type { Theme } from "./theme.js";

/** A cell, already broken into lines that fit. */
export interface GridCell {
  readonly lines: readonly Line[];
  /** Columns of the grid that it takes; 1 when left out. */
  readonly span?: number;
  readonly align?: "left" | "right";
}

export interface GridRow {
  readonly cells: readonly GridCell[];
  /** Whether a line is drawn above it. */
  readonly ruled?: boolean;
}

/** Stands for one column of a cell's text while cli-table3 lays the table out. No text from the wire has it unescaped. */
const PLACEHOLDER = "\ue000";

/**
 * Draws a table with cli-table3.
 *
 * The table is laid out with placeholders of the right width, and the text put in their place afterwards: so neither the
 * width of a script nor the colour of a text can push a border. Lines between rows are drawn only where they are asked for.
 *
 * @param widths columns of each column's text, padding not counted
 */
export function drawGrid(rows: readonly GridRow[], widths: readonly number[], theme: Theme): string {
  const table = new Table({
    colWidths: widths.map((width) => width + 2),
    style: { head: [], border: [], compact: false },
  });
  for (const { cells } of rows) {
    table.push(
      cells.map(({ lines, span, align }) => ({
        content: lines.map(hold).join("\n"),
        colSpan: span ?? 1,
        hAlign: align ?? "left",
      })),
    );
  }
  const drawn = table.toString().split("\n");
  const texts = rows.flatMap(({ cells }) => inDrawnOrder(cells));
  let next = 0;
  const fill = (line: string): string => line.replace(/\ue000+/g, () => paint(texts[next++] as Line, theme));
  const frame = (line: string): string => line.replace(/[─│┌┬┐├┼┤└┴┘]+/g, (border) => theme("quiet", border));
  const kept: string[] = [drawn[0] as string];
  let at = 1;
  for (const [index, { cells }] of rows.entries()) {
    const height = Math.max(1, ...cells.map(({ lines }) => lines.length));
    kept.push(...drawn.slice(at, at + height));
    at += height + 1;
    if (index + 1 === rows.length || rows[index + 1]?.ruled) kept.push(drawn[at - 1] as string);
  }
  return kept.map((line) => fill(frame(line))).join("\n");
}

function hold(line: Line): string {
  return PLACEHOLDER.repeat(lineWidth(line));
}

/** A row's lines of text in the order in which the drawn table has them: across the cells, then down. */
function inDrawnOrder(cells: readonly GridCell[]): Line[] {
  const height = Math.max(...cells.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, y) => cells.map(({ lines }) => lines[y]))
    .flat()
    .filter((line): line is Line => line !== undefined && lineWidth(line) > 0);
}
