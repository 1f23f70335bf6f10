import { isoTime, type Moment } from "../bytes/packet-timestamp.js";
import type { SafeText } from "../bytes/safe-text.js";
import { counted } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { frameLength } from "../protocol/frame/frame.js";
import type { Message } from "../protocol/message-assembler.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import { compressedSize, isTextMessage } from "./compression.js";
import {
  closeCodeOf,
  closeTitle,
  direction,
  opcodeTitle,
  payloadPreview,
  quotedReason,
  quotedText,
} from "./describe.js";
import { findingLines } from "./findings.js";
import { type Line, paint, safeSpan, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";

/** The line over a frame: its number, who sent it, what it is, how large, where. */
export function headingLines(
  { frame, index, sender, resumed, began, at }: FrameEvent,
  columns: number,
  theme: Theme,
): SafeText[] {
  const size = `${counted(frameLength(frame), "byte")} at offset ${frame.offset}`;
  const behind = resumed === null ? [] : [`behind a gap, ${counted(resumed.skipped, "byte")} left out`];
  const parts = [
    direction(sender),
    opcodeTitle(frame.opcode),
    size,
    ...(frame.complete ? [] : ["incomplete"]),
    ...behind,
    ...placeIn(began, at),
  ];
  const line = [span(`frame ${index}`, "strong"), span(` · ${parts.join(" · ")}`)];
  return wrap(line, columns).map((part) => paint(part, theme));
}

/** What stands under a frame: what it breaks, and the message that ends with it when that had several fragments, or was compressed. */
export function footingLines(
  event: FrameEvent,
  findings: readonly Finding[],
  columns: number,
  theme: Theme,
): SafeText[] {
  const { frame, payload } = event;
  const completed = event.message === null ? null : completedMessage(event);
  return [
    ...findingLines(findings, ({ offset, length }) => wireBytes(frame, payload, offset, length), columns, theme),
    ...(completed === null ? [] : messageLines(completed, columns, theme)),
  ];
}

/** Lines of a message's text at most. */
const TEXT_LINES = 6;

/** What a message is, in a few words: its opcode, fragments and size, with the compressed one. */
export function messageFacts(message: Message): string[] {
  const { opcode, frames, payload, payloadLength, compressed, complete } = message;
  const code = closeCodeOf(message);
  const reason = payload.length <= 2 ? "" : ` ${quotedReason(payload.subarray(2))}`;
  return [
    opcodeTitle(opcode),
    ...(code === null ? [] : [`${closeTitle(code)}${reason}`]),
    ...(frames.count < 2 ? [] : [counted(frames.count, "fragment")]),
    compressed ? `compressed, ${compressedSize(message)}` : counted(payloadLength, "byte"),
    ...(complete ? [] : ["not complete"]),
  ];
}

/** A message's payload in a few lines: its text, or its first bytes. */
export function messagePreview(message: Message, columns: number): Line {
  const { payload, payloadLength } = message;
  const room = columns * TEXT_LINES;
  if (!isTextMessage(message)) return payloadPreview(payload, false, room >> 3);
  return [safeSpan(quotedText(payload, room, payload.length < payloadLength), "payload")];
}

function messageLines({ index, message }: MessageEvent, columns: number, theme: Theme): SafeText[] {
  const line = [
    span(`= message ${index}`, "strong"),
    span(` · ${messageFacts(message).join(" · ")} · `),
    ...messagePreview(message, columns),
  ];
  return wrap(line, columns).map((part) => paint(part, theme));
}

/** When a frame was complete, and in which packets it came. */
function placeIn(began: Moment | null, at: Moment | null): string[] {
  if (at === null) return [];
  const time = isoTime(at);
  const [first, last] = [began?.packet ?? at.packet, at.packet];
  const packets = last === null ? [] : [first === last ? `packet ${last}` : `packets ${first} to ${last}`];
  return [...packets, ...(time === null ? [] : [time])];
}
