import { counted } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection.js";
import { frameLength } from "../protocol/frame.js";
import { wireBytes } from "../protocol/frame-encoder.js";
import { OPCODE } from "../protocol/opcode.js";
import type { Finding } from "../rules/judge.js";
import { direction, opcodeTitle, payloadPreview, quotedText } from "./describe.js";
import { findingLines } from "./findings.js";
import { paint, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";

/** The line over a frame: its number, who sent it, what it is, how large, where. */
export function headingLines({ frame, index, sender }: FrameEvent, columns: number, theme: Theme): string[] {
  const size = `${counted(frameLength(frame), "byte")} at offset ${frame.offset}`;
  const parts = [direction(sender), opcodeTitle(frame.opcode), size, ...(frame.complete ? [] : ["incomplete"])];
  const line = [span(`frame ${index}`, "strong"), span(` · ${parts.join(" · ")}`)];
  return wrap(line, columns).map((part) => paint(part, theme));
}

/** What stands under a frame: what it breaks, and the message that ends with it when that had several fragments. */
export function footingLines(event: FrameEvent, findings: readonly Finding[], columns: number, theme: Theme): string[] {
  const { frame, payload } = event;
  return [
    ...findings.flatMap((finding) => {
      const bytes = wireBytes(frame, payload, finding.offset, finding.length);
      return findingLines(finding, bytes, columns, theme);
    }),
    ...messageLines(event, columns, theme),
  ];
}

/** Lines of a message's text at most. */
const TEXT_LINES = 6;

function messageLines({ message, messageIndex }: FrameEvent, columns: number, theme: Theme): string[] {
  if (message === null) return [];
  const { opcode, frames, payload, payloadLength } = message;
  const facts = [opcodeTitle(opcode), counted(frames.length, "fragment"), counted(payloadLength, "byte")];
  const room = columns * TEXT_LINES;
  const more = payload.length < payloadLength;
  const said =
    opcode === OPCODE.text
      ? [span(quotedText(payload, room, more), "payload")]
      : payloadPreview(payload, false, room >> 3);
  const line = [span(`= message ${messageIndex}`, "strong"), span(` · ${facts.join(" · ")} · `), ...said];
  return wrap(line, columns).map((part) => paint(part, theme));
}
