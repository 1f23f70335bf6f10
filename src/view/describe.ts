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
import { type StyledSpan, safeSpan, span } from "./styled.js";
import type { ConnectionStartEvent } from "./view.js";
import { clip } from "./width.js";

/** The marks of the severities, so that colour is never the only sign. */
export const SEVERITY_MARKS: Readonly<Record<Severity, string>> = { error: "✗", warning: "▲", info: "ℹ" };

/** `client → server` or `server → client`. */
export function formatDirection(sender: Sender): string {
  return sender === "client" ? "client → server" : "server → client";
}

/** The name of an opcode; for a reserved one, with its number. */
export function formatOpcode(opcode: number): string {
  const { name } = opcodeInfo(opcode);
  return name === "reserved" ? `reserved 0x${opcode.toString(16)}` : name;
}

/** The note about the bytes of an HTTP body, which is neither frames nor a head. */
export function formatBodyNote(bytes: number): string {
  return `skipped an HTTP body of ${formatCount(bytes, "byte")} (not WebSocket frames)`;
}

/** The heading of a connection in a capture. */
export function formatConnection({ stream, endpoints, evidence }: ConnectionStartEvent): string {
  const ends = endpoints === null ? "" : ` · ${endpoints.map(escapeText).join(" → ")}`;
  const notes = {
    handshake: "",
    shape: " · no handshake in the capture: recognised by its bytes",
    forced: " · treated as WebSocket because of --port",
  };
  return `connection ${stream}${ends}${notes[evidence]}`;
}

/** The status code of a Close message; `null` for other messages, and if there is no code. */
export function messageCloseCode({ opcode, payload }: Message): number | null {
  return opcode === OPCODE.close ? parseCloseCode(payload) : null;
}

/** A status code with its name: `1000 Normal Closure`. */
export function formatCloseCode(code: number): string {
  return `${code} ${closeCodeInfo(code).name}`;
}

/** Whether a frame's payload is shown as text: in uncompressed text messages, pings and pongs. */
export function isTextPayload({ frame, messageOpcode, compressed }: FrameEvent): boolean {
  if (compressed) return false;
  return messageOpcode === OPCODE.text || frame.opcode === OPCODE.ping || frame.opcode === OPCODE.pong;
}

/** Bytes as safe text: bytes that are not UTF-8, or are only part of a character, become `\\xff`. */
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

/** The longest Close reason in a sentence, in columns: RFC 6455 allows 123 bytes, but an invalid frame may have more. */
const MAX_REASON_COLUMNS = 200;

/** A Close reason in quotes, for use in a sentence. */
export function quoteReason(reason: Uint8Array): SafeText {
  return safely`"${clip(decodeSafeText(reason.subarray(0, MAX_REASON_COLUMNS * 4)), MAX_REASON_COLUMNS)}"`;
}

/** A payload on one line: text in quotes, other bytes in hex. At most `most` bytes of it are read. */
export function formatPayloadPreview(payload: Uint8Array, text: boolean, most: number): StyledSpan {
  const looked = payload.subarray(0, most);
  if (looked.length === 0) return span("", "payload");
  return text ? safeSpan(safely`"${decodeSafeText(looked)}"`, "payload") : span(formatHexBytes(looked), "payload");
}

/**
 * A payload's text in quotes, cut to about `room` columns.
 *
 * @param more whether the text is longer than `payload`
 */
export function quotePayloadText(payload: Uint8Array, room: number, more: boolean): SafeText {
  // Only as much of a long text is read as can be shown; a character has at most four bytes.
  const looked = payload.subarray(0, room * 4);
  const shown = clip(decodeSafeText(looked), room - 8);
  const isCut = (more || looked.length < payload.length) && !shown.endsWith("…");
  return safely`"${shown}${isCut ? safely`…` : safely``}"`;
}
