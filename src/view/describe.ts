import { formatHexByte, formatHexBytes } from "../bytes/hex.js";
import { escapeText, type SafeText, safely } from "../bytes/safe-text.js";
import { formatCount } from "../bytes/size.js";
import { decodeUtf8, findUtf8RunEnd } from "../bytes/utf8.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { closeCodeInfo, parseCloseCode } from "../protocol/frame/close-code.js";
import type { Sender } from "../protocol/frame/frame.js";
import { OPCODE, opcodeInfo } from "../protocol/frame/opcode.js";
import type { Message } from "../protocol/message-assembler.js";
import type { Severity } from "../rules/rule.js";
import { type StyledLine, safeSpan, span } from "./styled.js";
import type { ConnectionStartEvent } from "./view.js";
import { clip } from "./width.js";

/** The mark of a severity, so that colour never carries it alone. */
export const SEVERITY_MARKS: Readonly<Record<Severity, string>> = { error: "✗", warning: "▲", info: "ℹ" };

/** `client → server` or the other way. */
export function formatDirection(sender: Sender): string {
  return sender === "client" ? "client → server" : "server → client";
}

/** An opcode as a title has it: its name, with the number of a reserved one. */
export function formatOpcode(opcode: number): string {
  const { name } = opcodeInfo(opcode);
  return name === "reserved" ? `reserved 0x${opcode.toString(16)}` : name;
}

/** What is said of bytes that are neither frames nor a head. */
export function formatBodyNote(bytes: number): string {
  return `${formatCount(bytes, "byte")} of an HTTP body are no frames, and are not shown`;
}

/** What is said of a connection of a capture where it begins. */
export function formatConnection({ stream, endpoints, evidence }: ConnectionStartEvent): string {
  const ends = endpoints === null ? "" : ` · ${endpoints.map(escapeText).join(" → ")}`;
  const told = {
    handshake: "",
    shape: " · no handshake in the capture: told from the shape of its bytes",
    forced: " · read as WebSocket since --port says so",
  };
  return `connection ${stream}${ends}${told[evidence]}`;
}

/** The status code of a Close in an input that has no frames; `null` for other messages, and where there is none. */
export function messageCloseCode({ opcode, payload }: Message): number | null {
  return opcode === OPCODE.close ? parseCloseCode(payload) : null;
}

/** A status code with its name: `1000 Normal Closure`. */
export function formatCloseCode(code: number): string {
  return `${code} ${closeCodeInfo(code).name}`;
}

/** Whether a frame's payload is text where it is UTF-8: that of text messages that are not compressed, pings and pongs. */
export function isTextPayload({ frame, messageOpcode, compressed }: FrameEvent): boolean {
  if (compressed) return false;
  return messageOpcode === OPCODE.text || frame.opcode === OPCODE.ping || frame.opcode === OPCODE.pong;
}

/** Bytes as safe text: what is no UTF-8, or only part of a character, stands as `\\xff`. */
export function decodeSafeText(bytes: Uint8Array): SafeText {
  const whole = decodeUtf8(bytes);
  if (whole !== null) return escapeText(whole);
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const end = findUtf8RunEnd(bytes, at);
    text += escapeText(decodeUtf8(bytes.subarray(at, end)) ?? "");
    at = end;
    if (at < bytes.length) text += `\\x${formatHexByte(bytes[at++] as number)}`;
  }
  return text as SafeText;
}

/** Columns of a Close reason that a sentence has room for: RFC 6455 allows 123 bytes, but a frame may have any number. */
const MAX_REASON_COLUMNS = 200;

/** A Close reason between quotes, as it stands in a sentence. */
export function quoteReason(reason: Uint8Array): SafeText {
  return safely`"${clip(decodeSafeText(reason.subarray(0, MAX_REASON_COLUMNS * 4)), MAX_REASON_COLUMNS)}"`;
}

/** A payload on one line: text between quotes, other bytes in hex. `most` bytes of it are looked at. */
export function formatPayloadPreview(payload: Uint8Array, text: boolean, most: number): StyledLine {
  const looked = payload.subarray(0, most);
  if (looked.length === 0) return [];
  return [text ? safeSpan(safely`"${decodeSafeText(looked)}"`, "payload") : span(formatHexBytes(looked), "payload")];
}

/**
 * A payload's text between quotes, cut to about `room` columns.
 *
 * @param more whether there is more of it than `payload`
 */
export function quotePayloadText(payload: Uint8Array, room: number, more: boolean): SafeText {
  // No more of a long text is looked at than can be shown; a character has four bytes at most.
  const looked = payload.subarray(0, room * 4);
  const shown = clip(decodeSafeText(looked), room - 8);
  const isCut = (more || looked.length < payload.length) && !shown.endsWith("…");
  return safely`"${shown}${isCut ? safely`…` : safely``}"`;
}
