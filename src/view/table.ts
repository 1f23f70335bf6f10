import { hexBytes } from "../bytes/hex.js";
import { counted, grouped } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection.js";
import { frameLength } from "../protocol/frame.js";
import { OPCODE } from "../protocol/opcode.js";
import { isText, quotedText } from "./describe.js";
import { type FieldRow, fieldRows } from "./field-rows.js";
import { frameBlockView } from "./frame-block-view.js";
import { drawGrid, type GridCell, type GridRow } from "./grid.js";
import { payloadRows } from "./payload-rows.js";
import { type Line, span, wrap } from "./styled.js";
import { type RowShape, type TableLayout, tableLayout } from "./table-layout.js";
import type { ViewContext, ViewModule } from "./view.js";

/** Rows of payload bytes, and lines of its text, that a frame shows at most. */
const PAYLOAD_ROWS = 8;
const TEXT_LINES = 6;

/** Each frame as a table of its fields: the face of the product. */
export const table: ViewModule = {
  payloadShown: 16 * 1024,
  open: (context) => frameBlockView(context, { body: tableLines, width: (columns) => tableLayout(columns, 0).total }),
};

function tableLines(event: FrameEvent, { theme, columns }: ViewContext): string[] {
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
  const { frame } = event;
  const rows = payloadRows(event, layout.bytesPerRow, PAYLOAD_ROWS);
  if (rows.length === 0) return frame.cutHeader === null ? [noPayload(event, layout)] : [];
  const left = frame.payloadReceived - rows.reduce((sum, { length }) => sum + length, 0);
  const rest = `… ${grouped(left)} of ${counted(frame.payloadReceived, "byte")} not shown (--to hex, --max-payload)`;
  const text = wholeText(event, rows.length, layout.across.widths[1] as number);
  const shape = frame.masked ? layout.masked : layout.unmasked;
  const names = frame.masked ? ["", "Payload Data, masked", "unmasked", "text"] : ["", "Payload Data", "text"];
  return [
    {
      ...row(
        shape,
        names.map((name) => [span(name, "quiet")]),
      ),
      ruled: true,
    },
    ...rows.map(({ offset, length, wire, unmasked, text: shown }) =>
      row(shape, [
        [span(place(offset, length, layout.ranges))],
        ...(frame.masked ? [[span(wire)]] : []),
        [span(unmasked, "payload")],
        [span(shown, "payload")],
      ]),
    ),
    ...(left === 0 ? [] : [row(layout.across, [[], [span(rest, "quiet")]])]),
    ...(text.length === 0 ? [] : [{ ...row(layout.across, [[], text]), ruled: true }]),
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
      lines: wrap(content, widths[index] as number),
      span: spans[index] as number,
      align: index === 0 ? "right" : "left",
    }),
  );
  return { cells };
}

/** The payload's text as it reads, where its rows cut it up. */
function wholeText(event: FrameEvent, rows: number, columns: number): Line {
  const { payload, frame } = event;
  if (rows < 2 || frame.opcode === OPCODE.close) return [];
  const room = columns * TEXT_LINES;
  return isText(event) ? [span(quotedText(payload, room, payload.length < frame.payloadReceived), "payload")] : [];
}

/** Where bytes lie: `6`, or `6–13` where there is room for ranges. */
function place(offset: number, length: number, ranges: boolean): string {
  return length > 1 && ranges ? `${offset}–${offset + length - 1}` : `${offset}`;
}
