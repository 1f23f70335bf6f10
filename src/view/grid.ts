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
/** Columns between the texts of two cells: padding, a border, padding. */
const BETWEEN = 3;

/**
 * Draws a table with cli-table3.
 *
 * The table is laid out with cells full of placeholders, and the text put in their place afterwards: so neither the width of a
 * script nor the colour of a text can push a border. Lines between rows are drawn only where they are asked for.
 *
 * @param widths columns of each column's text, padding not counted
 */
export function drawGrid(rows: readonly GridRow[], widths: readonly number[], theme: Theme): string {
  const texts = rows.flatMap(({ cells }) => inDrawnOrder(cells));
  let next = 0;
  const fill = (line: string): string =>
    line.replace(/\ue000+/g, ({ length }) => {
      const { text, align } = texts[next++] as CellText;
      const blank = " ".repeat(length - lineWidth(text));
      return align === "right" ? `${blank}${paint(text, theme)}` : `${paint(text, theme)}${blank}`;
    });
  const frame = (line: string): string => line.replace(/[─│┌┬┐├┼┤└┴┘]+/g, (border) => theme("quiet", border));
  return laidOut(rows, widths)
    .map((line) => fill(frame(line)))
    .join("\n");
}

/** Tables of the same shape are laid out once: cli-table3 takes a millisecond for each. */
const LAID_OUT = new Map<string, readonly string[]>();
const MOST_SHAPES = 256;

function laidOut(rows: readonly GridRow[], widths: readonly number[]): readonly string[] {
  const shapeOf = ({ cells, ruled }: GridRow): string =>
    `${ruled ? "=" : ""}${cells.map(({ lines, span = 1 }) => `${span}x${lines.length}`).join()}`;
  const shape = `${widths.join()} ${rows.map(shapeOf).join(" ")}`;
  let lines = LAID_OUT.get(shape);
  if (lines === undefined) {
    lines = layOut(rows, widths);
    if (LAID_OUT.size === MOST_SHAPES) LAID_OUT.clear();
    LAID_OUT.set(shape, lines);
  }
  return lines;
}

function layOut(rows: readonly GridRow[], widths: readonly number[]): string[] {
  const table = new Table({
    colWidths: widths.map((width) => width + 2),
    style: { head: [], border: [], compact: false },
  });
  for (const { cells } of rows) table.push(placeholders(cells, widths));
  const drawn = table.toString().split("\n");
  const kept: string[] = [drawn[0] as string];
  let at = 1;
  for (const [index, { cells }] of rows.entries()) {
    const height = heightOf(cells);
    kept.push(...drawn.slice(at, at + height));
    at += height + 1;
    if (index + 1 === rows.length || rows[index + 1]?.ruled) kept.push(drawn[at - 1] as string);
  }
  return kept;
}

/** The cells of a row, as cli-table3 takes them. */
function placeholders(cells: readonly GridCell[], widths: readonly number[]): { content: string; colSpan: number }[] {
  let column = 0;
  return cells.map(({ lines, span: colSpan = 1 }) => {
    const spanned = widths.slice(column, column + colSpan);
    column += colSpan;
    const width = spanned.reduce((sum, each) => sum + each, BETWEEN * (colSpan - 1));
    return { content: lines.map(() => PLACEHOLDER.repeat(width)).join("\n"), colSpan };
  });
}

/** A line of a cell. */
interface CellText {
  readonly text: Line;
  readonly align: GridCell["align"];
}

/** A row's lines of text in the order in which the drawn table has them: across the cells, then down. */
function inDrawnOrder(cells: readonly GridCell[]): CellText[] {
  const texts: CellText[] = [];
  const height = heightOf(cells);
  for (let y = 0; y < height; y++) {
    for (const { lines, align } of cells) {
      const text = lines[y];
      if (text !== undefined) texts.push({ text, align });
    }
  }
  return texts;
}

function heightOf(cells: readonly GridCell[]): number {
  return Math.max(1, ...cells.map(({ lines }) => lines.length));
}
