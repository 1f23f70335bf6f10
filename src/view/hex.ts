import { formatHexByte } from "../bytes/hex.js";
import { joinSafe, makeSafe, type SafeText, safely } from "../bytes/safe-text.js";
import { formatCount, formatNumber } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { fieldSpans, frameLength, receivedHeaderLength } from "../protocol/frame/frame.js";
import type { MessageEvent } from "../protocol/message-event.js";
import { formatByteGlyph } from "./byte-glyph.js";
import { createFrameBlockView } from "./frame-block-view.js";
import { formatHandshakeLines } from "./handshake-lines.js";
import type { Role, Theme } from "./theme.js";
import type { ViewContext, ViewModule } from "./view.js";

/** Bytes in a panel; a row has as many panels as fit. */
const PANEL_BYTES = 8;
const MAX_PANELS = 4;
/** The most payload bytes of a frame to show. */
const MAX_SHOWN_PAYLOAD_BYTES = 64 * 1024;

/** A hex dump, coloured by field, with the unmasked payload below the masked bytes, byte under byte. */
export const hex: ViewModule = {
  maxPayloadShown: MAX_SHOWN_PAYLOAD_BYTES,
  open: (context) =>
    createFrameBlockView(context, {
      body: formatFrameHex,
      message: formatMessageHex,
      handshake: formatHandshakeLines,
      width: (columns) => Math.max(60, columns),
    }),
};

/** Returns the role of the field that a byte belongs to, by its index from the first byte of the frame. */
type RoleLookup = (index: number) => Role;

function formatFrameHex(event: FrameEvent, { columns, theme }: ViewContext): SafeText[] {
  const { frame, payload } = event;
  const panels = countPanels(columns);
  const header = receivedHeaderLength(frame);
  const wire = wireBytes(frame, payload, frame.offset, header + payload.length);
  const roleAt = createRoleLookup(event);
  const lines = [
    drawRuler("┌", "┬", "┐", panels, theme),
    ...formatRows(wire, { panels, indent: 0, offset: frame.offset, roleAt, theme }),
  ];
  if (frame.masked && payload.length > 0) {
    const indent = header % (panels * PANEL_BYTES);
    lines.push(
      drawRuler("├", "┼", "┤", panels, theme, " unmasked "),
      ...formatRows(payload, { panels, indent, offset: 0, roleAt: () => "payload", theme }),
    );
  }
  // The inflated payload of a message is shown under its last frame.
  if (event.message?.compressed) {
    const inflated: RowStyle = { panels, indent: 0, offset: 0, roleAt: () => "payload", theme };
    lines.push(drawRuler("├", "┼", "┤", panels, theme, " inflated "), ...formatRows(event.message.payload, inflated));
  }
  lines.push(drawRuler("└", "┴", "┘", panels, theme));
  const left = frameLength(frame) - header - payload.length;
  return left > 0 ? [...lines, theme("quiet", formatNotShown(left, frame.payloadReceived))] : lines;
}

function countPanels(columns: number): number {
  return Math.max(1, Math.min(MAX_PANELS, Math.floor((columns - 10) / 35)));
}

/** The payload of a message, with offsets from its own start. */
function formatMessageHex(
  { message: { payload, payloadLength } }: MessageEvent,
  { columns, theme }: ViewContext,
): SafeText[] {
  const panels = countPanels(columns);
  const left = payloadLength - payload.length;
  return [
    drawRuler("┌", "┬", "┐", panels, theme),
    ...formatRows(payload, { panels, indent: 0, offset: 0, roleAt: () => "payload", theme }),
    drawRuler("└", "┴", "┘", panels, theme),
    ...(left > 0 ? [theme("quiet", formatNotShown(left, payloadLength))] : []),
  ];
}

function formatNotShown(left: number, all: number): SafeText {
  return makeSafe(`… ${formatNumber(left)} of ${formatCount(all, "byte")} not shown (--to payload, --max-payload)`);
}

function createRoleLookup({ frame }: FrameEvent): RoleLookup {
  const { maskingKey } = fieldSpans(frame);
  const key = maskingKey.offset - frame.offset;
  const header = receivedHeaderLength(frame);
  return (index) => (index === 0 ? "opcode" : index >= header ? "payload" : index >= key ? "key" : "length");
}

const SPACE = safely` `;

interface RowStyle {
  readonly panels: number;
  /** Empty cells at the start of the first row, so that unmasked bytes are under the masked ones. */
  readonly indent: number;
  /** The offset of the first byte. */
  readonly offset: number;
  readonly roleAt: RoleLookup;
  readonly theme: Theme;
}

function formatRows(bytes: Uint8Array, { panels, indent, offset, roleAt, theme }: RowStyle): SafeText[] {
  const size = panels * PANEL_BYTES;
  const bar = theme("quiet", safely`│`);
  const panelBar = theme("quiet", safely`┊`);
  const lines: SafeText[] = [];
  for (let start = -indent; start < bytes.length; start += size) {
    const first = Math.max(0, start);
    const cells: SafeText[] = [];
    const text: SafeText[] = [];
    for (let cell = 0; cell < size; cell++) {
      const index = start + cell;
      if (cell > 0 && cell % PANEL_BYTES === 0) {
        cells.push(SPACE, panelBar);
        text.push(panelBar);
      }
      const there = index >= 0 && index < bytes.length;
      const byte = there ? (bytes[index] as number) : 0;
      const role = roleAt(index);
      cells.push(SPACE, there ? theme(role, makeSafe(formatHexByte(byte))) : safely`  `);
      text.push(there ? theme(role, formatByteGlyph(byte)) : SPACE);
    }
    const place = theme("quiet", makeSafe((offset + first).toString(16).padStart(8, "0")));
    lines.push(safely`${bar}${place}${bar}${joinSafe(cells, "")} ${bar}${joinSafe(text, "")}${bar}`);
  }
  return lines;
}

/** A horizontal line, with a name for the rows below it. */
function drawRuler(left: string, joint: string, right: string, panels: number, theme: Theme, name = ""): SafeText {
  const cells = panels * (PANEL_BYTES * 3 + 2) - 1;
  const text = panels * (PANEL_BYTES + 1) - 1;
  const named = `${name === "" ? "" : "─"}${name}`;
  return theme(
    "quiet",
    makeSafe(
      `${left}${"─".repeat(8)}${joint}${named}${"─".repeat(cells - named.length)}${joint}${"─".repeat(text)}${right}`,
    ),
  );
}
