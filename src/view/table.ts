import { hexBytes } from "../bytes/hex.js";
import { counted, grouped } from "../bytes/size.js";
import type { EndEvent, FrameEvent } from "../protocol/connection.js";
import { frameLength } from "../protocol/frame.js";
import { wireBytes } from "../protocol/frame-encoder.js";
import { OPCODE } from "../protocol/opcode.js";
import type { Finding } from "../rules/judge.js";
import { direction, opcodeTitle, payloadPreview, shownOpcode, shownText } from "./describe.js";
import { safe } from "./escape.js";
import { type FieldRow, fieldRows } from "./field-rows.js";
import { findingLines } from "./findings.js";
import { drawGrid, type GridCell, type GridRow } from "./grid.js";
import { payloadRows } from "./payload-rows.js";
import { type Line, paint, span, wrap } from "./styled.js";
import { type RowShape, type TableLayout, tableLayout } from "./table-layout.js";
import type { View, ViewContext, ViewModule } from "./view.js";
import { clip } from "./width.js";

/** Rows of payload bytes, and lines of its text, that a frame shows at most. */
const PAYLOAD_ROWS = 8;
const TEXT_LINES = 6;

/** Each frame as a table of its fields: the face of the product. */
export const table: ViewModule = {
  payloadShown: 16 * 1024,
  open: (context) => new TableView(context),
};

class TableView implements View {
  readonly #context: ViewContext;
  #any = false;

  constructor(context: ViewContext) {
    this.#context = context;
  }

  frame(event: FrameEvent, findings: readonly Finding[]): void {
    const { theme, columns } = this.#context;
    const { frame, payload } = event;
    const layout = tableLayout(columns, frame.offset + frameLength(frame));
    this.#write([
      ...wrap(title(event), layout.total).map((line) => paint(line, theme)),
      drawGrid(gridRows(event, layout), layout.grid, theme),
      ...findings.flatMap((finding) => {
        const bytes = wireBytes(frame, payload, finding.offset, finding.length);
        return findingLines(finding, bytes, layout.total, theme);
      }),
      ...messageLines(event, layout.total).map((line) => paint(line, theme)),
    ]);
  }

  end(event: EndEvent, findings: readonly Finding[]): void {
    if (findings.length === 0) return;
    const { theme, columns } = this.#context;
    const { total } = tableLayout(columns, 0);
    this.#write([
      paint([span(`end of the ${event.sender}'s frames`, "strong")], theme),
      ...findings.flatMap((finding) => findingLines(finding, new Uint8Array(0), total, theme)),
    ]);
  }

  close(): void {}

  #write(lines: readonly string[]): void {
    this.#context.write(`${this.#any ? "\n" : ""}${lines.join("\n")}\n`);
    this.#any = true;
  }
}

function title({ frame, index, sender }: FrameEvent): Line {
  const size = `${counted(frameLength(frame), "byte")} at offset ${frame.offset}`;
  const parts = [direction(sender), opcodeTitle(frame.opcode), size, ...(frame.complete ? [] : ["incomplete"])];
  return [span(`frame ${index}`, "strong"), span(` · ${parts.join(" · ")}`)];
}

function gridRows(event: FrameEvent, layout: TableLayout): GridRow[] {
  const head = row(
    layout.field,
    ["offset", "bytes", "bits", "field", "value"].map((name) => [span(name, "quiet")]),
  );
  const rows = fieldRows(event).map((field) => fieldGridRow(field, layout));
  return [
    head,
    ...rows.map((fieldRow, index) => ({ ...fieldRow, ruled: index === 0 })),
    ...payloadGridRows(event, layout),
  ];
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
  const rest = `… ${grouped(left)} of ${counted(frame.payloadReceived, "byte")} not shown here; --to json has them`;
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
  const text = shownText(payload, shownOpcode(event));
  return text === null ? [] : [span(quoted(text, room, payload.length < frame.payloadReceived), "payload")];
}

/** A message in several fragments that ends with this frame. */
function messageLines({ message, messageIndex }: FrameEvent, columns: number): Line[] {
  if (message === null) return [];
  const { opcode, frames, payload, payloadLength } = message;
  const facts = [opcodeTitle(opcode), counted(frames.length, "fragment"), counted(payloadLength, "byte")];
  const room = columns * TEXT_LINES;
  const text = shownText(payload, opcode);
  const said =
    text === null
      ? payloadPreview(payload, opcode, room >> 3)
      : [span(quoted(text, room, payload.length < payloadLength), "payload")];
  return wrap([span(`= message ${messageIndex}`, "strong"), span(` · ${facts.join(" · ")} · `), ...said], columns);
}

/** Text between quotes, cut to about `room` columns. */
function quoted(text: string, room: number, more: boolean): string {
  // No more of a long text is looked at than can be shown.
  const looked = text.slice(0, room * 2);
  const shown = clip(safe(looked), room - 8);
  return `"${shown}${(more || looked.length < text.length) && !shown.endsWith("…") ? "…" : ""}"`;
}

/** Where bytes lie: `6`, or `6–13` where there is room for ranges. */
function place(offset: number, length: number, ranges: boolean): string {
  return length > 1 && ranges ? `${offset}–${offset + length - 1}` : `${offset}`;
}
