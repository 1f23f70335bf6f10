import { formatIsoTime, type PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { SafeText } from "../bytes/safe-text.js";
import { formatCount } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { frameLength } from "../protocol/frame/frame.js";
import type { Message } from "../protocol/message-assembler.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import type { Finding } from "../rules/judge.js";
import { formatCompressedSize, isTextMessage } from "./compression.js";
import {
  formatCloseCode,
  formatDirection,
  formatOpcode,
  formatPayloadPreview,
  messageCloseCode,
  quotePayloadText,
  quoteReason,
} from "./describe.js";
import { formatFindings } from "./findings.js";
import { paint, type StyledLine, safeSpan, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";

/** The heading of a frame: number, direction, opcode, size and offset. */
export function formatHeading(
  { frame, index, sender, resumption, startedAt, at }: FrameEvent,
  columns: number,
  theme: Theme,
): SafeText[] {
  const size = `${formatCount(frameLength(frame), "byte")} at offset ${frame.offset}`;
  const gap = resumption === null ? [] : [`after a gap, ${formatCount(resumption.skippedBytes, "byte")} skipped`];
  const parts = [
    formatDirection(sender),
    formatOpcode(frame.opcode),
    size,
    ...(frame.complete ? [] : ["incomplete"]),
    ...gap,
    ...formatTimestamp(startedAt, at),
  ];
  const line = [span(`frame ${index}`, "strong"), span(` · ${parts.join(" · ")}`)];
  return wrap(line, columns).map((part) => paint(part, theme));
}

/** The lines under a frame: its findings, and the message that it completes if that was fragmented or compressed. */
export function formatFooter(
  event: FrameEvent,
  findings: readonly Finding[],
  columns: number,
  theme: Theme,
): SafeText[] {
  const { frame, payload } = event;
  const completed = event.message === null ? null : completedMessage(event);
  return [
    ...formatFindings(findings, ({ offset, length }) => wireBytes(frame, payload, offset, length), columns, theme),
    ...(completed === null ? [] : formatMessageLines(completed, columns, theme)),
  ];
}

/** The most lines of a message's text. */
const MAX_TEXT_LINES = 6;

/** Short facts about a message: opcode, number of fragments, size and compressed size. */
export function formatMessageFacts(message: Message): string[] {
  const { opcode, frames, payload, payloadLength, compressed, complete } = message;
  const code = messageCloseCode(message);
  const reason = payload.length <= 2 ? "" : ` ${quoteReason(payload.subarray(2))}`;
  return [
    formatOpcode(opcode),
    ...(code === null ? [] : [`${formatCloseCode(code)}${reason}`]),
    ...(frames.count < 2 ? [] : [formatCount(frames.count, "fragment")]),
    compressed ? `compressed, ${formatCompressedSize(message)}` : formatCount(payloadLength, "byte"),
    ...(complete ? [] : ["incomplete"]),
  ];
}

/** The payload of a message in a few lines: its text, or its first bytes in hex. */
export function formatMessagePreview(message: Message, columns: number): StyledLine {
  const { payload, payloadLength } = message;
  const room = columns * MAX_TEXT_LINES;
  if (!isTextMessage(message)) return [formatPayloadPreview(payload, false, room >> 3)];
  return [safeSpan(quotePayloadText(payload, room, payload.length < payloadLength), "payload")];
}

function formatMessageLines({ index, message }: MessageEvent, columns: number, theme: Theme): SafeText[] {
  const line = [
    span(`= message ${index}`, "strong"),
    span(` · ${formatMessageFacts(message).join(" · ")} · `),
    ...formatMessagePreview(message, columns),
  ];
  return wrap(line, columns).map((part) => paint(part, theme));
}

/** The packets that contained a frame, and the time when it was complete. */
function formatTimestamp(began: PacketTimestamp | null, at: PacketTimestamp | null): string[] {
  if (at === null) return [];
  const time = formatIsoTime(at);
  const [first, last] = [began?.packet ?? at.packet, at.packet];
  const packets = last === null ? [] : [first === last ? `packet ${last}` : `packets ${first} to ${last}`];
  return [...packets, ...(time === null ? [] : [time])];
}
