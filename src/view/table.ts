import { formatHexBytes } from "../bytes/hex.js";
import type { SafeText } from "../bytes/safe-text.js";
import { formatCount, formatNumber } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { frameLength } from "../protocol/frame/frame.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { MessageEvent } from "../protocol/message-event.js";
import { isTextMessage } from "./compression.js";
import { isTextPayload, quotePayloadText } from "./describe.js";
import { buildFieldRows, type FieldRow } from "./field-rows.js";
import { createFrameBlockView } from "./frame-block-view.js";
import { drawGrid, type GridCell, type GridRow } from "./grid.js";
import { buildHandshakeRows, type HandshakeRow } from "./handshake-rows.js";
import { buildPayloadRows, buildPlainRows, type PayloadRow } from "./payload-rows.js";
import { type StyledLine, safeSpan, span, wrapLimited } from "./styled.js";
import { CELL_GAP_COLUMNS, computeTableLayout, EDGE_COLUMNS, type RowShape, type TableLayout } from "./table-layout.js";
import type { ViewContext, ViewModule } from "./view.js";
import { textWidth } from "./width.js";

/** The most rows of payload bytes, and lines of payload text, of a frame. */
const MAX_PAYLOAD_ROWS = 8;
const MAX_TEXT_LINES = 6;

/** Each frame as a table of its fields: the default view for a few frames. */
export const table: ViewModule = {
  maxPayloadShown: 16 * 1024,
  open: (context) =>
    createFrameBlockView(context, {
      body: drawFrameTable,
      message: drawMessageTable,
      handshake: drawHandshakeTable,
      width: (columns) => computeTableLayout(columns, 0).totalColumns,
    }),
};

function drawFrameTable(event: FrameEvent, { theme, columns }: ViewContext): SafeText[] {
  const layout = computeTableLayout(columns, event.frame.offset + frameLength(event.frame));
  return [drawGrid(buildGridRows(event, layout), layout.grid, theme)];
}

function buildGridRows(event: FrameEvent, layout: TableLayout): GridRow[] {
  const head = buildRow(
    layout.field,
    ["offset", "bytes", "bits", "field", "value"].map((name) => [span(name, "quiet")]),
  );
  const rows = mergeReservedBits(buildFieldRows(event)).map((field) => buildFieldGridRow(field, layout));
  return [
    head,
    ...rows.map((fieldRow, index) => ({ ...fieldRow, ruled: index === 0 })),
    ...buildPayloadGridRows(event, layout),
  ];
}

/** Merges RSV1 to RSV3 into one row if none is set, which is nearly always so. */
function mergeReservedBits(rows: readonly FieldRow[]): FieldRow[] {
  const isReserved = ({ name, value }: FieldRow): boolean => name.startsWith("RSV") && value === "0";
  const first = rows.findIndex(isReserved);
  const reserved = rows.filter(isReserved);
  if (reserved.length < 3) return [...rows];
  const joined = { ...(reserved[0] as FieldRow), bits: ".000 ....", name: "RSV1–3", meaning: "not set" };
  return [...rows.slice(0, first), joined, ...rows.slice(first + 3)];
}

function buildFieldGridRow(
  { offset, bytes, isNewByte, bits, name, value, meaning, role }: FieldRow,
  { field, hasRanges }: TableLayout,
): GridRow {
  const hex = `${formatHexBytes(bytes.subarray(0, 16))}${bytes.length > 16 ? " …" : ""}`;
  return buildRow(field, [
    [span(isNewByte ? formatPlace(offset, bytes.length, hasRanges) : "")],
    [span(isNewByte ? hex : "", role)],
    [span(bits, role)],
    [span(name, "strong")],
    value === "" ? [span(meaning)] : [span(value, role), span(`  ${meaning}`)],
  ]);
}

/** The payload: masked bytes, unmasked bytes and text side by side; then a note about bytes not shown, and the whole text. */
function buildPayloadGridRows(event: FrameEvent, layout: TableLayout): GridRow[] {
  const { frame, payload } = event;
  const rows = buildPayloadRows(event, layout.bytesPerRow, maxPayloadRows(payload.length, layout));
  if (rows.length === 0) return frame.truncatedHeader === null ? [buildEmptyPayloadRow(event, layout)] : [];
  const all = frame.payloadReceived;
  const asText = isTextPayload(event) && frame.opcode !== OPCODE.close;
  const names = frame.masked ? ["Payload Data, masked", "unmasked", "text"] : ["Payload Data", "text"];
  const shape = frame.masked ? layout.masked : layout.unmasked;
  return [
    buildNamesRow(shape, names),
    ...buildByteRows(rows, shape, layout),
    ...buildFooterRows(rows, payload, all, asText, layout),
  ];
}

/** The payload of a message that is shown instead of its frames, with offsets from its own start. */
function drawMessageTable({ message }: MessageEvent, { theme, columns }: ViewContext): SafeText[] {
  const { payload, payloadLength } = message;
  const layout = computeTableLayout(columns, payloadLength);
  const text = isTextMessage(message);
  const rows = buildPlainRows(payload, text, layout.bytesPerRow, maxPayloadRows(payload.length, layout));
  if (rows.length === 0) return [];
  const { unmasked } = layout;
  const head = buildNamesRow(unmasked, [
    message.compressed && message.inflated !== "no" ? "payload, inflated" : "payload",
    "text",
  ]);
  const all = [
    { ...head, ruled: false },
    ...buildByteRows(rows, unmasked, layout).map((line, index) => ({ ...line, ruled: index === 0 })),
    ...buildFooterRows(rows, payload, payloadLength, text, layout),
  ];
  return [drawGrid(all, layout.grid, theme)];
}

/** The start lines and headers of a handshake, with their meanings. */
function drawHandshakeTable(event: HandshakeEvent, { theme, columns }: ViewContext): SafeText[] {
  const lines = buildHandshakeRows(event);
  const most = (sizes: readonly number[]): number => sizes.reduce((a, b) => Math.max(a, b), 0);
  const last = most(lines.map(({ offset }) => offset ?? 0));
  const room = computeTableLayout(columns, 0).totalColumns;
  const offset = Math.max("offset".length, String(last).length);
  const name = Math.min(24, most(lines.map((line) => textWidth(line.name))));
  const longest = Math.max("value".length, most(lines.map(({ value, meaning }) => textWidth(`${value}  ${meaning}`))));
  const widths = [offset, name, Math.min(longest, room - offset - name - 2 * CELL_GAP_COLUMNS - EDGE_COLUMNS)];
  const shape = { spans: [1, 1, 1], widths };
  const head = buildRow(
    shape,
    ["offset", "header", "value"].map((title) => [span(title, "quiet")]),
  );
  const rows = lines.map(({ offset: at, name: title, value, meaning, role }) =>
    buildRow(shape, [
      [span(at === null ? "" : String(at))],
      [span(title, "strong")],
      meaning === "" ? [span(value, role)] : [span(value, role), span(`  ${meaning}`)],
    ]),
  );
  return [
    drawGrid(
      [head, ...rows.map((line, index) => ({ ...line, ruled: index === 0 || startsSection(lines[index]) }))],
      widths,
      theme,
    ),
  ];
}

/** Whether a row is the first of a head or of the agreed settings. */
function startsSection(line: HandshakeRow | undefined): boolean {
  return line?.role === "opcode" || line?.name === "agreed extensions";
}

/** The most rows for a payload: one more if that makes the note about bytes not shown unnecessary. */
function maxPayloadRows(bytes: number, { bytesPerRow }: TableLayout): number {
  return bytes <= (MAX_PAYLOAD_ROWS + 1) * bytesPerRow ? MAX_PAYLOAD_ROWS + 1 : MAX_PAYLOAD_ROWS;
}

function buildNamesRow(shape: RowShape, names: readonly string[]): GridRow {
  return {
    ...buildRow(
      shape,
      ["", ...names].map((name) => [span(name, "quiet")]),
    ),
    ruled: true,
  };
}

/** Rows of payload bytes: masked (if they are), unmasked, and as text. */
function buildByteRows(rows: readonly PayloadRow[], shape: RowShape, { hasRanges }: TableLayout): GridRow[] {
  const masked = shape.widths.length > 3;
  return rows.map(({ offset, length, wire, unmasked, text }) =>
    buildRow(shape, [
      [span(formatPlace(offset, length, hasRanges))],
      ...(masked ? [[span(wire)]] : []),
      [span(unmasked, "payload")],
      [span(text, "payload")],
    ]),
  );
}

/** The rows under a payload: a note about bytes not shown, and the text as a whole if it takes several rows. */
function buildFooterRows(
  rows: readonly PayloadRow[],
  payload: Uint8Array,
  all: number,
  asText: boolean,
  { across }: TableLayout,
): GridRow[] {
  const left = all - rows.reduce((sum, { length }) => sum + length, 0);
  const rest = `… ${formatNumber(left)} of ${formatCount(all, "byte")} not shown (--to hex, --max-payload)`;
  const room = (across.widths[1] as number) * MAX_TEXT_LINES;
  const text =
    asText && rows.length > 1 ? [safeSpan(quotePayloadText(payload, room, payload.length < all), "payload")] : [];
  return [
    ...(left === 0 ? [] : [buildRow(across, [[], [span(rest, "quiet")]])]),
    ...(text.length === 0 ? [] : [{ ...buildRow(across, [[], text]), ruled: true }]),
  ];
}

function buildEmptyPayloadRow({ frame }: FrameEvent, { field }: TableLayout): GridRow {
  const meaning = frame.payloadLength === 0 ? "empty" : "missing";
  return buildRow(field, [[], [], [], [span("Payload Data", "strong")], [span(meaning)]]);
}

/** A row of cells, each broken into lines that fit; the offset is right-aligned. */
function buildRow({ spans, widths }: RowShape, contents: readonly StyledLine[]): GridRow {
  const cells = contents.map(
    (content, index): GridCell => ({
      lines: wrapLimited(content, widths[index] as number),
      span: spans[index] as number,
      align: index === 0 ? "right" : "left",
    }),
  );
  return { cells };
}

/** The offset of bytes, `6`, or their range, `6–13`, if ranges are shown. */
function formatPlace(offset: number, length: number, ranges: boolean): string {
  return length > 1 && ranges ? `${offset}–${offset + length - 1}` : `${offset}`;
}
