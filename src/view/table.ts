import { hexBytes } from "../bytes/hex.js";
import type { SafeText } from "../bytes/safe-text.js";
import { counted, grouped } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { frameLength } from "../protocol/frame/frame.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { MessageEvent } from "../protocol/message-event.js";
import { isTextMessage } from "./compression.js";
import { isText, quotedText } from "./describe.js";
import { type FieldRow, fieldRows } from "./field-rows.js";
import { frameBlockView } from "./frame-block-view.js";
import { drawGrid, type GridCell, type GridRow } from "./grid.js";
import { type HandshakeRow, handshakeRows } from "./handshake-rows.js";
import { type PayloadRow, payloadRows, plainRows } from "./payload-rows.js";
import { type Line, safeSpan, span, wrapStart } from "./styled.js";
import { EDGES, JOINT, type RowShape, type TableLayout, tableLayout } from "./table-layout.js";
import type { ViewContext, ViewModule } from "./view.js";
import { width } from "./width.js";

/** Rows of payload bytes, and lines of its text, that a frame shows at most. */
const PAYLOAD_ROWS = 8;
const TEXT_LINES = 6;

/** Each frame as a table of its fields: the face of the product. */
export const table: ViewModule = {
  payloadShown: 16 * 1024,
  open: (context) =>
    frameBlockView(context, {
      body: tableLines,
      message: messageTable,
      handshake: handshakeTable,
      width: (columns) => tableLayout(columns, 0).total,
    }),
};

function tableLines(event: FrameEvent, { theme, columns }: ViewContext): SafeText[] {
  const layout = tableLayout(columns, event.frame.offset + frameLength(event.frame));
  return [drawGrid(gridRows(event, layout), layout.grid, theme)];
}

function gridRows(event: FrameEvent, layout: TableLayout): GridRow[] {
  const head = row(
    layout.field,
    ["offset", "bytes", "bits", "field", "value"].map((name) => [span(name, "quiet")]),
  );
  const rows = joinReserved(fieldRows(event)).map((field) => fieldGridRow(field, layout));
  return [
    head,
    ...rows.map((fieldRow, index) => ({ ...fieldRow, ruled: index === 0 })),
    ...payloadGridRows(event, layout),
  ];
}

/** RSV1 to RSV3 on one row where none is set, as nearly always. */
function joinReserved(rows: readonly FieldRow[]): FieldRow[] {
  const isReserved = ({ name, value }: FieldRow): boolean => name.startsWith("RSV") && value === "0";
  const first = rows.findIndex(isReserved);
  const reserved = rows.filter(isReserved);
  if (reserved.length < 3) return [...rows];
  const joined = { ...(reserved[0] as FieldRow), bits: ".000 ....", name: "RSV1–3", meaning: "no extension" };
  return [...rows.slice(0, first), joined, ...rows.slice(first + 3)];
}

function fieldGridRow(
  { offset, bytes, newByte, bits, name, value, meaning, role }: FieldRow,
  { field, ranges }: TableLayout,
): GridRow {
  const hex = `${hexBytes(bytes.subarray(0, 16))}${bytes.length > 16 ? " …" : ""}`;
  return row(field, [
    [span(newByte ? place(offset, bytes.length, ranges) : "")],
    [span(newByte ? hex : "", role)],
    [span(bits, role)],
    [span(name, "strong")],
    value === "" ? [span(meaning)] : [span(value, role), span(`  ${meaning}`)],
  ]);
}

/** The payload: masked bytes, unmasked bytes and text side by side; then what was left out, and the text as a whole. */
function payloadGridRows(event: FrameEvent, layout: TableLayout): GridRow[] {
  const { frame, payload } = event;
  const rows = payloadRows(event, layout.bytesPerRow, mostRows(payload.length, layout));
  if (rows.length === 0) return frame.cutHeader === null ? [noPayload(event, layout)] : [];
  const all = frame.payloadReceived;
  const asText = isText(event) && frame.opcode !== OPCODE.close;
  const names = frame.masked ? ["Payload Data, masked", "unmasked", "text"] : ["Payload Data", "text"];
  const shape = frame.masked ? layout.masked : layout.unmasked;
  return [namesRow(shape, names), ...byteRows(rows, shape, layout), ...under(rows, payload, all, asText, layout)];
}

/** The payload of a message in place of its frames, counted from its own start. */
function messageTable({ message }: MessageEvent, { theme, columns }: ViewContext): SafeText[] {
  const { payload, payloadLength } = message;
  const layout = tableLayout(columns, payloadLength);
  const text = isTextMessage(message);
  const rows = plainRows(payload, text, layout.bytesPerRow, mostRows(payload.length, layout));
  if (rows.length === 0) return [];
  const { unmasked } = layout;
  const head = namesRow(unmasked, [
    message.compressed && message.inflated !== "no" ? "payload, inflated" : "payload",
    "text",
  ]);
  const all = [
    { ...head, ruled: false },
    ...byteRows(rows, unmasked, layout).map((line, index) => ({ ...line, ruled: index === 0 })),
    ...under(rows, payload, payloadLength, text, layout),
  ];
  return [drawGrid(all, layout.grid, theme)];
}

/** The start lines and headers of a handshake, with what they mean. */
function handshakeTable(event: HandshakeEvent, { theme, columns }: ViewContext): SafeText[] {
  const lines = handshakeRows(event);
  const most = (sizes: readonly number[]): number => sizes.reduce((a, b) => Math.max(a, b), 0);
  const last = most(lines.map(({ offset }) => offset ?? 0));
  const room = tableLayout(columns, 0).total;
  const offset = Math.max("offset".length, String(last).length);
  const name = Math.min(24, most(lines.map((line) => width(line.name))));
  const longest = Math.max("value".length, most(lines.map(({ value, meaning }) => width(`${value}  ${meaning}`))));
  const widths = [offset, name, Math.min(longest, room - offset - name - 2 * JOINT - EDGES)];
  const shape = { spans: [1, 1, 1], widths };
  const head = row(
    shape,
    ["offset", "header", "value"].map((title) => [span(title, "quiet")]),
  );
  const rows = lines.map(({ offset: at, name: title, value, meaning, role }) =>
    row(shape, [
      [span(at === null ? "" : String(at))],
      [span(title, "strong")],
      meaning === "" ? [span(value, role)] : [span(value, role), span(`  ${meaning}`)],
    ]),
  );
  return [
    drawGrid(
      [head, ...rows.map((line, index) => ({ ...line, ruled: index === 0 || isHead(lines[index]) }))],
      widths,
      theme,
    ),
  ];
}

/** Whether a row is the first of a head, or of what was agreed. */
function isHead(line: HandshakeRow | undefined): boolean {
  return line?.role === "opcode" || line?.name === "agreed extensions";
}

/** Rows that a payload gets at most: one more where that spares the word about what is left out. */
function mostRows(bytes: number, { bytesPerRow }: TableLayout): number {
  return bytes <= (PAYLOAD_ROWS + 1) * bytesPerRow ? PAYLOAD_ROWS + 1 : PAYLOAD_ROWS;
}

function namesRow(shape: RowShape, names: readonly string[]): GridRow {
  return {
    ...row(
      shape,
      ["", ...names].map((name) => [span(name, "quiet")]),
    ),
    ruled: true,
  };
}

/** Payload bytes in rows: on the wire where they are masked, unmasked, and as text. */
function byteRows(rows: readonly PayloadRow[], shape: RowShape, { ranges }: TableLayout): GridRow[] {
  const masked = shape.widths.length > 3;
  return rows.map(({ offset, length, wire, unmasked, text }) =>
    row(shape, [
      [span(place(offset, length, ranges))],
      ...(masked ? [[span(wire)]] : []),
      [span(unmasked, "payload")],
      [span(text, "payload")],
    ]),
  );
}

/** What stands under the rows of a payload: what was left out, and its text as it reads where the rows cut it up. */
function under(
  rows: readonly PayloadRow[],
  payload: Uint8Array,
  all: number,
  asText: boolean,
  { across }: TableLayout,
): GridRow[] {
  const left = all - rows.reduce((sum, { length }) => sum + length, 0);
  const rest = `… ${grouped(left)} of ${counted(all, "byte")} not shown (--to hex, --max-payload)`;
  const room = (across.widths[1] as number) * TEXT_LINES;
  const text = asText && rows.length > 1 ? [safeSpan(quotedText(payload, room, payload.length < all), "payload")] : [];
  return [
    ...(left === 0 ? [] : [row(across, [[], [span(rest, "quiet")]])]),
    ...(text.length === 0 ? [] : [{ ...row(across, [[], text]), ruled: true }]),
  ];
}

function noPayload({ frame }: FrameEvent, { field }: TableLayout): GridRow {
  const meaning = frame.payloadLength === 0 ? "empty" : "none of it is there";
  return row(field, [[], [], [], [span("Payload Data", "strong")], [span(meaning)]]);
}

/** A row of cells, each broken into lines that fit; offsets stand to the right of theirs. */
function row({ spans, widths }: RowShape, contents: readonly Line[]): GridRow {
  const cells = contents.map(
    (content, index): GridCell => ({
      lines: wrapStart(content, widths[index] as number),
      span: spans[index] as number,
      align: index === 0 ? "right" : "left",
    }),
  );
  return { cells };
}

/** Where bytes lie: `6`, or `6–13` where there is room for ranges. */
function place(offset: number, length: number, ranges: boolean): string {
  return length > 1 && ranges ? `${offset}–${offset + length - 1}` : `${offset}`;
}
