import { hexByte, hexBytes } from "../bytes/hex.js";
import { escapeText, type SafeText, text as safely } from "../bytes/safe-text.js";
import { counted } from "../bytes/size.js";
import { utf8RunEnd, utf8Text } from "../bytes/utf8.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { closeCodeIn, closeCodeInfo } from "../protocol/frame/close-code.js";
import type { Sender } from "../protocol/frame/frame.js";
import { OPCODE, opcodeInfo } from "../protocol/frame/opcode.js";
import type { Message } from "../protocol/message-assembler.js";
import type { Severity } from "../rules/rule.js";
import { type Line, safeSpan, span } from "./styled.js";
import type { ConnectionBegin } from "./view.js";
import { clip } from "./width.js";

/** The mark of a severity, so that colour never carries it alone. */
export const SEVERITY_MARK: Readonly<Record<Severity, string>> = { error: "✗", warning: "▲", info: "ℹ" };

/** `client → server` or the other way. */
export function direction(sender: Sender): string {
  return sender === "client" ? "client → server" : "server → client";
}

/** An opcode as a title has it: its name, with the number of a reserved one. */
export function opcodeTitle(opcode: number): string {
  const { name } = opcodeInfo(opcode);
  return name === "reserved" ? `reserved 0x${opcode.toString(16)}` : name;
}

/** What is said of bytes that are neither frames nor a head. */
export function bodyNote(bytes: number): string {
  return `${counted(bytes, "byte")} of an HTTP body are no frames, and are not shown`;
}

/** What is said of a connection of a capture where it begins. */
export function connectionTitle({ stream, endpoints, evidence }: ConnectionBegin): string {
  const ends = endpoints === null ? "" : ` · ${endpoints.map(escapeText).join(" → ")}`;
  const told = {
    handshake: "",
    shape: " · no handshake in the capture: told from the shape of its bytes",
    forced: " · read as WebSocket since --port says so",
  };
  return `connection ${stream}${ends}${told[evidence]}`;
}

/** The status code of a Close in an input that has no frames; `null` for other messages, and where there is none. */
export function closeCodeOf({ opcode, payload }: Message): number | null {
  return opcode === OPCODE.close ? closeCodeIn(payload) : null;
}

/** A status code with its name: `1000 Normal Closure`. */
export function closeTitle(code: number): string {
  return `${code} ${closeCodeInfo(code).name}`;
}

/** Whether a frame's payload is text where it is UTF-8: that of text messages that are not compressed, pings and pongs. */
export function isText({ frame, messageOpcode, compressed }: FrameEvent): boolean {
  if (compressed) return false;
  return messageOpcode === OPCODE.text || frame.opcode === OPCODE.ping || frame.opcode === OPCODE.pong;
}

/** Bytes as safe text: what is no UTF-8, or only part of a character, stands as `\\xff`. */
export function safeText(bytes: Uint8Array): SafeText {
  const whole = utf8Text(bytes);
  if (whole !== null) return escapeText(whole);
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const end = utf8RunEnd(bytes, at);
    text += escapeText(utf8Text(bytes.subarray(at, end)) ?? "");
    at = end;
    if (at < bytes.length) text += `\\x${hexByte(bytes[at++] as number)}`;
  }
  return text as SafeText;
}

/** Columns of a Close reason that a sentence has room for: RFC 6455 allows 123 bytes, but a frame may have any number. */
const MOST_REASON = 200;

/** A Close reason between quotes, as it stands in a sentence. */
export function quotedReason(reason: Uint8Array): SafeText {
  return safely`"${clip(safeText(reason.subarray(0, MOST_REASON * 4)), MOST_REASON)}"`;
}

/** A payload on one line: text between quotes, other bytes in hex. `most` bytes of it are looked at. */
export function payloadPreview(payload: Uint8Array, text: boolean, most: number): Line {
  const looked = payload.subarray(0, most);
  if (looked.length === 0) return [];
  return [text ? safeSpan(safely`"${safeText(looked)}"`, "payload") : span(hexBytes(looked), "payload")];
}

/**
 * A payload's text between quotes, cut to about `room` columns.
 *
 * @param more whether there is more of it than `payload`
 */
export function quotedText(payload: Uint8Array, room: number, more: boolean): SafeText {
  // No more of a long text is looked at than can be shown; a character has four bytes at most.
  const looked = payload.subarray(0, room * 4);
  const shown = clip(safeText(looked), room - 8);
  const isCut = (more || looked.length < payload.length) && !shown.endsWith("…");
  return safely`"${shown}${isCut ? safely`…` : safely``}"`;
}
