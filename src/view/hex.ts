import { hexByte } from "../bytes/hex.js";
import { joinSafe, makeSafe, type SafeText, text as safely } from "../bytes/safe-text.js";
import { counted, grouped } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { fieldSpans, frameLength, headerReceived } from "../protocol/frame/frame.js";
import type { MessageEvent } from "../protocol/message-event.js";
import { byteGlyph } from "./byte-glyph.js";
import { frameBlockView } from "./frame-block-view.js";
import { handshakeLines } from "./handshake-lines.js";
import type { Role, Theme } from "./theme.js";
import type { ViewContext, ViewModule } from "./view.js";

/** Bytes of a panel: a row has as many panels as the width allows. */
const PANEL = 8;
const MOST_PANELS = 4;
/** Payload bytes of a frame that are shown. */
const PAYLOAD_SHOWN = 64 * 1024;

/** Offset, bytes and text, coloured by field; the unmasked payload under the masked one, byte under byte. */
export const hex: ViewModule = {
  payloadShown: PAYLOAD_SHOWN,
  open: (context) =>
    frameBlockView(context, {
      body: hexLines,
      message: messageHex,
      handshake: handshakeLines,
      width: (columns) => Math.max(60, columns),
    }),
};

/** Where a byte stands in a frame, by its index from the frame's first byte: which field it belongs to. */
type RoleAt = (index: number) => Role;

function hexLines(event: FrameEvent, { columns, theme }: ViewContext): SafeText[] {
  const { frame, payload } = event;
  const panels = panelsIn(columns);
  const header = headerReceived(frame);
  const wire = wireBytes(frame, payload, frame.offset, header + payload.length);
  const roleAt = rolesOf(event);
  const lines = [
    ruler("┌", "┬", "┐", panels, theme),
    ...rows(wire, { panels, indent: 0, offset: frame.offset, roleAt, theme }),
  ];
  if (frame.masked && payload.length > 0) {
    const indent = header % (panels * PANEL);
    lines.push(
      ruler("├", "┼", "┤", panels, theme, " unmasked "),
      ...rows(payload, { panels, indent, offset: 0, roleAt: () => "payload", theme }),
    );
  }
  // A message's inflated payload stands under its last frame.
  if (event.message?.compressed) {
    const inflated: RowStyle = { panels, indent: 0, offset: 0, roleAt: () => "payload", theme };
    lines.push(ruler("├", "┼", "┤", panels, theme, " inflated "), ...rows(event.message.payload, inflated));
  }
  lines.push(ruler("└", "┴", "┘", panels, theme));
  const left = frameLength(frame) - header - payload.length;
  return left > 0 ? [...lines, theme("quiet", notShown(left, frame.payloadReceived))] : lines;
}

function panelsIn(columns: number): number {
  return Math.max(1, Math.min(MOST_PANELS, Math.floor((columns - 10) / 35)));
}

/** The payload of a message, counted from its own start. */
function messageHex(
  { message: { payload, payloadLength } }: MessageEvent,
  { columns, theme }: ViewContext,
): SafeText[] {
  const panels = panelsIn(columns);
  const left = payloadLength - payload.length;
  return [
    ruler("┌", "┬", "┐", panels, theme),
    ...rows(payload, { panels, indent: 0, offset: 0, roleAt: () => "payload", theme }),
    ruler("└", "┴", "┘", panels, theme),
    ...(left > 0 ? [theme("quiet", notShown(left, payloadLength))] : []),
  ];
}

function notShown(left: number, all: number): SafeText {
  return makeSafe(`… ${grouped(left)} of ${counted(all, "byte")} not shown (--to payload, --max-payload)`);
}

function rolesOf({ frame }: FrameEvent): RoleAt {
  const { maskingKey } = fieldSpans(frame);
  const key = maskingKey.offset - frame.offset;
  const header = headerReceived(frame);
  return (index) => (index === 0 ? "opcode" : index >= header ? "payload" : index >= key ? "key" : "length");
}

const BLANK = safely` `;

interface RowStyle {
  readonly panels: number;
  /** Cells of the first row that stay empty, so that bytes stand under those that they belong to. */
  readonly indent: number;
  /** Of the first byte. */
  readonly offset: number;
  readonly roleAt: RoleAt;
  readonly theme: Theme;
}

function rows(bytes: Uint8Array, { panels, indent, offset, roleAt, theme }: RowStyle): SafeText[] {
  const size = panels * PANEL;
  const bar = theme("quiet", safely`│`);
  const panelBar = theme("quiet", safely`┊`);
  const lines: SafeText[] = [];
  for (let start = -indent; start < bytes.length; start += size) {
    const first = Math.max(0, start);
    const cells: SafeText[] = [];
    const text: SafeText[] = [];
    for (let cell = 0; cell < size; cell++) {
      const index = start + cell;
      if (cell > 0 && cell % PANEL === 0) {
        cells.push(BLANK, panelBar);
        text.push(panelBar);
      }
      const there = index >= 0 && index < bytes.length;
      const byte = there ? (bytes[index] as number) : 0;
      const role = roleAt(index);
      cells.push(BLANK, there ? theme(role, makeSafe(hexByte(byte))) : safely`  `);
      text.push(there ? theme(role, byteGlyph(byte)) : BLANK);
    }
    const place = theme("quiet", makeSafe((offset + first).toString(16).padStart(8, "0")));
    lines.push(safely`${bar}${place}${bar}${joinSafe(cells, "")} ${bar}${joinSafe(text, "")}${bar}`);
  }
  return lines;
}

/** A line across, with a name in it for what stands under it. */
function ruler(left: string, joint: string, right: string, panels: number, theme: Theme, name = ""): SafeText {
  const cells = panels * (PANEL * 3 + 2) - 1;
  const text = panels * (PANEL + 1) - 1;
  const named = `${name === "" ? "" : "─"}${name}`;
  return theme(
    "quiet",
    makeSafe(
      `${left}${"─".repeat(8)}${joint}${named}${"─".repeat(cells - named.length)}${joint}${"─".repeat(text)}${right}`,
    ),
  );
}
