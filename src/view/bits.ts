import { formatHexBytes } from "../bytes/hex.js";
import { makeSafe, type SafeText, safely, spaces } from "../bytes/safe-text.js";
import { formatCount, formatNumber } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { payloadOffset } from "../protocol/frame/frame.js";
import type { MessageEvent } from "../protocol/message-event.js";
import { formatPayloadPreview, isTextPayload } from "./describe.js";
import { buildFieldRows, type FieldRow } from "./field-rows.js";
import { createFrameBlockView } from "./frame-block-view.js";
import { formatMessagePreview } from "./frame-heading.js";
import { formatHandshakeLines } from "./handshake-lines.js";
import { lineWidth, paint, type StyledLine, type StyledSpan, span, wrap } from "./styled.js";
import type { Role, Theme } from "./theme.js";
import type { ViewContext, ViewModule } from "./view.js";
import { clip, padEnd, textWidth } from "./width.js";

const BITS_PER_ROW = 32;
/** Columns of the diagram: two for each bit, and the last border. */
const DIAGRAM_COLUMNS = BITS_PER_ROW * 2 + 1;
/** The narrowest width at which the legend goes beside the diagram instead of under it. */
const MIN_SIDE_BY_SIDE_COLUMNS = 104;
const GAP_COLUMNS = 3;
/** The most payload bytes that the diagram shows. */
const MAX_SHOWN_PAYLOAD_BYTES = 24;
const MAX_CELL_LINES = 4;

/** Each frame as the diagram of RFC 6455 §5.2, with the bits of the frame. */
export const bits: ViewModule = {
  maxPayloadShown: 1024,
  open: (context) =>
    createFrameBlockView(context, {
      body: drawDiagram,
      message: formatMessageText,
      handshake: formatHandshakeLines,
      width: (columns) => Math.max(DIAGRAM_COLUMNS, Math.min(columns, 120)),
    }),
};

/** A message has no header bits of its own, so only its payload is shown. */
function formatMessageText({ message }: MessageEvent, { theme, columns }: ViewContext): SafeText[] {
  const room = Math.max(DIAGRAM_COLUMNS, Math.min(columns, 120));
  return wrap(formatMessagePreview(message, room), room).map((line) => paint(line, theme));
}

/** A field; for the payload, also its unmasked bytes. */
interface DiagramField extends FieldRow {
  readonly unmasked?: { readonly bytes: Uint8Array; readonly text: boolean };
}

/** The bits of a field that are on one row. */
interface DiagramCell {
  readonly bits: string;
  /** The field's name; written vertically in a cell of one bit. */
  readonly name: string;
  readonly values: readonly string[];
  readonly role: Role;
}

function drawDiagram(event: FrameEvent, { theme, columns }: ViewContext): SafeText[] {
  const fields = [...buildFieldRows(event), ...buildPayloadField(event)];
  const rows = buildRows(fields);
  const drawn = rows.flatMap((row, index) => drawRow(row, rows[index - 1] ?? null));
  const picture: StyledLine[] = [...drawRuler(), ...drawn, [span(drawBorder(rows.at(-1) ?? null, null), "quiet")]];
  const left = event.frame.payloadReceived - Math.min(event.payload.length, MAX_SHOWN_PAYLOAD_BYTES);
  const rest = makeSafe(
    `… ${formatNumber(left)} of ${formatCount(event.frame.payloadReceived, "byte")} not shown (--to hex, --max-payload)`,
  );
  const beside = columns >= MIN_SIDE_BY_SIDE_COLUMNS;
  const legend = formatLegend(
    fields,
    beside ? Math.min(columns, 120) - DIAGRAM_COLUMNS - GAP_COLUMNS : Math.max(DIAGRAM_COLUMNS, columns),
    theme,
  );
  const note = left > 0 ? [theme("quiet", rest)] : [];
  const painted = beside
    ? joinSideBySide(picture, legend, theme)
    : [...picture.map((line) => paint(line, theme)), ...legend];
  return [...painted, ...note];
}

/** The payload as a field, unless it is the body of a Close frame, which has fields of its own. */
function buildPayloadField(event: FrameEvent): DiagramField[] {
  const { frame, payload, closeCode } = event;
  const shown = Math.min(payload.length, MAX_SHOWN_PAYLOAD_BYTES);
  if (closeCode !== null || shown === 0) return [];
  const offset = payloadOffset(frame);
  const preview = formatPayloadPreview(payload, isTextPayload(event), 256);
  const meaning = `${formatCount(frame.payloadReceived, "byte")}${frame.masked ? ", unmasked" : ""}: ${clip(preview.text, 120)}`;
  const bytes = wireBytes(frame, payload, offset, shown);
  const text = isTextPayload(event);
  // Bytes that are neither masked nor text would be shown twice.
  const unmasked = frame.masked || text ? { unmasked: { bytes: payload.subarray(0, shown), text } } : {};
  return [
    {
      offset,
      bytes,
      isNewByte: true,
      bits: "",
      name: "Payload Data",
      value: "",
      meaning,
      role: "payload",
      ...unmasked,
    },
  ];
}

/** The bits of all fields in rows of 32; a field has one cell on each of its rows. */
function buildRows(fields: readonly DiagramField[]): DiagramCell[][] {
  const rows: DiagramCell[][] = [[]];
  let used = 0;
  for (const field of fields) {
    const all = formatFieldBits(field).slice(0, MAX_SHOWN_PAYLOAD_BYTES * 8);
    for (let at = 0; at < all.length; ) {
      if (used === BITS_PER_ROW) {
        rows.push([]);
        used = 0;
      }
      const some = all.slice(at, at + BITS_PER_ROW - used);
      (rows.at(-1) as DiagramCell[]).push(buildCell(field, some, at));
      at += some.length;
      used += some.length;
    }
  }
  return rows;
}

/** The bits of a field, without those of other fields in the same byte. */
function formatFieldBits({ bits: picture, bytes }: FieldRow): string {
  if (picture !== "") return picture.replace(/[. ]/g, "");
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

function buildCell(
  { name, value, bits: picture, bytes, role, unmasked }: DiagramField,
  some: string,
  at: number,
): DiagramCell {
  const [start, end] = [at / 8, (at + some.length) / 8];
  const part = formatHexBytes(bytes.subarray(start, end));
  const values =
    picture !== "" ? [value] : unmasked === undefined ? [part] : [part, formatUnmasked(unmasked, start, end)];
  // The diagram of the RFC shortens this name too.
  const short = name === "Payload length" ? "Payload len" : name;
  return { bits: some, name: at === 0 ? short : `${short} (continued)`, values, role };
}

/** Some unmasked payload bytes, as text or hex. */
function formatUnmasked(
  { bytes, text: asText }: NonNullable<DiagramField["unmasked"]>,
  start: number,
  end: number,
): string {
  return formatPayloadPreview(bytes.subarray(start, end), asText, end - start).text;
}

function drawRuler(): StyledLine[] {
  const tens = Array.from({ length: BITS_PER_ROW }, (_, bit) => (bit % 10 === 0 ? String(bit / 10) : " "));
  const ones = Array.from({ length: BITS_PER_ROW }, (_, bit) => String(bit % 10));
  return [tens, ones].map((digits) => [span(` ${digits.join(" ")}`.trimEnd(), "quiet")]);
}

/** A row: the border above it, its bits, and their labels. */
function drawRow(row: readonly DiagramCell[], above: readonly DiagramCell[] | null): StyledLine[] {
  const labels = row.map(formatLabel);
  const height = Math.max(...labels.map(({ length }) => length));
  const bar = span("|", "quiet");
  const between = (parts: readonly StyledSpan[]): StyledLine => [bar, ...parts.flatMap((part) => [part, bar])];
  const labelLine = (line: number): StyledLine =>
    between(row.map((cell, index) => span(padEnd(makeSafe(labels[index]?.[line] ?? ""), cellColumns(cell)))));
  return [
    [span(drawBorder(above, row), "quiet")],
    between(row.map(({ bits: digits, role }) => span([...digits].join(" "), role))),
    ...Array.from({ length: height }, (_, line) => labelLine(line)),
  ];
}

function cellColumns({ bits: digits }: DiagramCell): number {
  return digits.length * 2 - 1;
}

/** The lines under a cell's bits: its name and, if there is one, its value. */
function formatLabel(cell: DiagramCell): string[] {
  const columns = cellColumns(cell);
  if (columns === 1) return [...cell.name];
  const lines = [cell.name, ...cell.values].flatMap((text) => wrap([span(text)], columns));
  return lines.slice(0, MAX_CELL_LINES).map((line) => centreText(line.map(({ text }) => text).join(""), columns));
}

function centreText(text: string, columns: number): string {
  return " ".repeat(Math.max(0, (columns - textWidth(text)) >> 1)) + text;
}

/** The line between two rows, with a + at each edge of a cell above or below. */
function drawBorder(above: readonly DiagramCell[] | null, below: readonly DiagramCell[] | null): string {
  const line = [..."-".repeat(rowColumns(below, above))];
  for (const row of [above, below]) {
    let at = 0;
    for (const cell of row ?? []) {
      line[at] = "+";
      at += cell.bits.length * 2;
      line[at] = "+";
    }
  }
  return line.join("");
}

function rowColumns(...rows: (readonly DiagramCell[] | null)[]): number {
  return Math.max(...rows.map((row) => (row ?? []).reduce((sum, { bits: digits }) => sum + digits.length * 2, 1)));
}

/** The legend: name, value and meaning of each field. */
function formatLegend(fields: readonly FieldRow[], columns: number, theme: Theme): SafeText[] {
  const longest = Math.max(...fields.map(({ name }) => name.length));
  const indent = spaces(longest + 2);
  return fields.flatMap(({ name, value, meaning, role }) => {
    const description: StyledLine = value === "" ? [span(meaning)] : [span(value, role), span(`  ${meaning}`)];
    const [first = [], ...rest] = wrap(description, columns - indent.length);
    const head = safely`${theme("strong", makeSafe(name))}${spaces(indent.length - name.length)}`;
    return [safely`${head}${paint(first, theme)}`, ...rest.map((part) => safely`${indent}${paint(part, theme)}`)];
  });
}

function joinSideBySide(picture: readonly StyledLine[], legend: readonly SafeText[], theme: Theme): SafeText[] {
  // The legend starts at the first row of bits, below the ruler and the border.
  const start = 3;
  const height = Math.max(picture.length, legend.length + start);
  return Array.from({ length: height }, (_, index) => {
    const left = picture[index] ?? [];
    const right = legend[index - start];
    return right === undefined
      ? paint(left, theme)
      : safely`${paint(left, theme)}${spaces(DIAGRAM_COLUMNS - lineWidth(left) + GAP_COLUMNS)}${right}`;
  });
}
