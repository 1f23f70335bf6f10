import { hexBytes } from "../bytes/hex.js";
import { blanks, makeSafe, type SafeText, text as safely } from "../bytes/safe-text.js";
import { counted, grouped } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { payloadOffset } from "../protocol/frame/frame.js";
import type { MessageEvent } from "../protocol/message-event.js";
import { isText, payloadPreview } from "./describe.js";
import { type FieldRow, fieldRows } from "./field-rows.js";
import { frameBlockView } from "./frame-block-view.js";
import { messagePreview } from "./frame-heading.js";
import { handshakeLines } from "./handshake-lines.js";
import { type Line, lineWidth, paint, type Span, span, wrap } from "./styled.js";
import type { Role, Theme } from "./theme.js";
import type { ViewContext, ViewModule } from "./view.js";
import { clip, padEnd, width } from "./width.js";

const BITS_A_ROW = 32;
/** Columns of the diagram: two a bit, and the last border. */
const DIAGRAM = BITS_A_ROW * 2 + 1;
/** From this width on the meanings stand beside the diagram, else under it. */
const BESIDE_FROM = 104;
const GAP = 3;
/** Payload bytes that the diagram shows at most. */
const PAYLOAD_BYTES = 24;
const LINES_A_CELL = 4;

/** The frame in the shape of RFC 6455 §5.2's diagram, filled with its own bits. */
export const bits: ViewModule = {
  payloadShown: 1024,
  open: (context) =>
    frameBlockView(context, {
      body: diagram,
      message: messageText,
      handshake: handshakeLines,
      width: (columns) => Math.max(DIAGRAM, Math.min(columns, 120)),
    }),
};

/** A message has no bits of its own, only its frames have: its payload is shown. */
function messageText({ message }: MessageEvent, { theme, columns }: ViewContext): SafeText[] {
  const room = Math.max(DIAGRAM, Math.min(columns, 120));
  return wrap(messagePreview(message, room), room).map((line) => paint(line, theme));
}

/** A field, and for the payload its bytes as they are unmasked. */
interface Field extends FieldRow {
  readonly unmasked?: { readonly bytes: Uint8Array; readonly text: boolean };
}

/** Some of a field's bits, on one row. */
interface Cell {
  readonly bits: string;
  /** The field's name; letters under each other where there is room for one only. */
  readonly name: string;
  readonly values: readonly string[];
  readonly role: Role;
}

function diagram(event: FrameEvent, { theme, columns }: ViewContext): SafeText[] {
  const fields = [...fieldRows(event), ...payloadField(event)];
  const rows = rowsOf(fields);
  const drawn = rows.flatMap((row, index) => drawRow(row, rows[index - 1] ?? null));
  const picture: Line[] = [...ruler(), ...drawn, [span(border(rows.at(-1) ?? null, null), "quiet")]];
  const left = event.frame.payloadReceived - Math.min(event.payload.length, PAYLOAD_BYTES);
  const rest = makeSafe(
    `… ${grouped(left)} of ${counted(event.frame.payloadReceived, "byte")} not shown (--to hex, --max-payload)`,
  );
  const beside = columns >= BESIDE_FROM;
  const legend = legendLines(
    fields,
    beside ? Math.min(columns, 120) - DIAGRAM - GAP : Math.max(DIAGRAM, columns),
    theme,
  );
  const note = left > 0 ? [theme("quiet", rest)] : [];
  const painted = beside
    ? sideBySide(picture, legend, theme)
    : [...picture.map((line) => paint(line, theme)), ...legend];
  return [...painted, ...note];
}

/** The payload as a field, where a Close frame's body has not already been shown. */
function payloadField(event: FrameEvent): Field[] {
  const { frame, payload, closeCode } = event;
  const shown = Math.min(payload.length, PAYLOAD_BYTES);
  if (closeCode !== null || shown === 0) return [];
  const offset = payloadOffset(frame);
  const [preview = span("")] = payloadPreview(payload, isText(event), 256);
  const meaning = `${counted(frame.payloadReceived, "byte")}${frame.masked ? ", unmasked" : ""}: ${clip(preview.text, 120)}`;
  const bytes = wireBytes(frame, payload, offset, shown);
  const text = isText(event);
  // Bytes that are neither masked nor text would only stand here twice.
  const unmasked = frame.masked || text ? { unmasked: { bytes: payload.subarray(0, shown), text } } : {};
  return [
    { offset, bytes, newByte: true, bits: "", name: "Payload Data", value: "", meaning, role: "payload", ...unmasked },
  ];
}

/** The fields' bits on rows of 32, each field in as many cells as rows that it stands on. */
function rowsOf(fields: readonly Field[]): Cell[][] {
  const rows: Cell[][] = [[]];
  let used = 0;
  for (const field of fields) {
    const all = bitsOf(field).slice(0, PAYLOAD_BYTES * 8);
    for (let at = 0; at < all.length; ) {
      if (used === BITS_A_ROW) {
        rows.push([]);
        used = 0;
      }
      const some = all.slice(at, at + BITS_A_ROW - used);
      (rows.at(-1) as Cell[]).push(cellOf(field, some, at));
      at += some.length;
      used += some.length;
    }
  }
  return rows;
}

/** A field's own bits. */
function bitsOf({ bits: picture, bytes }: FieldRow): string {
  if (picture !== "") return picture.replace(/[. ]/g, "");
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

function cellOf({ name, value, bits: picture, bytes, role, unmasked }: Field, some: string, at: number): Cell {
  const [start, end] = [at / 8, (at + some.length) / 8];
  const part = hexBytes(bytes.subarray(start, end));
  const values = picture !== "" ? [value] : unmasked === undefined ? [part] : [part, plain(unmasked, start, end)];
  // The RFC's diagram has no room for more of this name either.
  const short = name === "Payload length" ? "Payload len" : name;
  return { bits: some, name: at === 0 ? short : `${short} (continued)`, values, role };
}

/** Some payload bytes as they are without the mask: their text, or hex. */
function plain({ bytes, text: asText }: NonNullable<Field["unmasked"]>, start: number, end: number): string {
  return payloadPreview(bytes.subarray(start, end), asText, end - start)
    .map(({ text }) => text)
    .join("");
}

function ruler(): Line[] {
  const tens = Array.from({ length: BITS_A_ROW }, (_, bit) => (bit % 10 === 0 ? String(bit / 10) : " "));
  const ones = Array.from({ length: BITS_A_ROW }, (_, bit) => String(bit % 10));
  return [tens, ones].map((digits) => [span(` ${digits.join(" ")}`.trimEnd(), "quiet")]);
}

/** A row: the border over it, its bits, and what they are. */
function drawRow(row: readonly Cell[], above: readonly Cell[] | null): Line[] {
  const labels = row.map(label);
  const height = Math.max(...labels.map(({ length }) => length));
  const bar = span("|", "quiet");
  const between = (parts: readonly Span[]): Line => [bar, ...parts.flatMap((part) => [part, bar])];
  const labelLine = (line: number): Line =>
    between(row.map((cell, index) => span(padEnd(makeSafe(labels[index]?.[line] ?? ""), columnsOf(cell)))));
  return [
    [span(border(above, row), "quiet")],
    between(row.map(({ bits: digits, role }) => span([...digits].join(" "), role))),
    ...Array.from({ length: height }, (_, line) => labelLine(line)),
  ];
}

function columnsOf({ bits: digits }: Cell): number {
  return digits.length * 2 - 1;
}

/** What stands under a cell's bits: its name, and its value where that is more than the bits. */
function label(cell: Cell): string[] {
  const columns = columnsOf(cell);
  if (columns === 1) return [...cell.name];
  const lines = [cell.name, ...cell.values].flatMap((text) => wrap([span(text)], columns));
  return lines.slice(0, LINES_A_CELL).map((line) => centred(line.map(({ text }) => text).join(""), columns));
}

function centred(text: string, columns: number): string {
  return " ".repeat(Math.max(0, (columns - width(text)) >> 1)) + text;
}

/** The line between two rows, with a + wherever a cell of either begins or ends. */
function border(above: readonly Cell[] | null, below: readonly Cell[] | null): string {
  const line = [..."-".repeat(columnsTo(below, above))];
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

function columnsTo(...rows: (readonly Cell[] | null)[]): number {
  return Math.max(...rows.map((row) => (row ?? []).reduce((sum, { bits: digits }) => sum + digits.length * 2, 1)));
}

/** What each field says, in words. */
function legendLines(fields: readonly FieldRow[], columns: number, theme: Theme): SafeText[] {
  const longest = Math.max(...fields.map(({ name }) => name.length));
  const indent = blanks(longest + 2);
  return fields.flatMap(({ name, value, meaning, role }) => {
    const said: Line = value === "" ? [span(meaning)] : [span(value, role), span(`  ${meaning}`)];
    const [first = [], ...rest] = wrap(said, columns - indent.length);
    const head = safely`${theme("strong", makeSafe(name))}${blanks(indent.length - name.length)}`;
    return [safely`${head}${paint(first, theme)}`, ...rest.map((part) => safely`${indent}${paint(part, theme)}`)];
  });
}

function sideBySide(picture: readonly Line[], legend: readonly SafeText[], theme: Theme): SafeText[] {
  // The legend begins beside the first row of bits, under the ruler and the border.
  const start = 3;
  const height = Math.max(picture.length, legend.length + start);
  return Array.from({ length: height }, (_, index) => {
    const left = picture[index] ?? [];
    const right = legend[index - start];
    return right === undefined
      ? paint(left, theme)
      : safely`${paint(left, theme)}${blanks(DIAGRAM - lineWidth(left) + GAP)}${right}`;
  });
}
