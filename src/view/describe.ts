import { hexBytes } from "../bytes/hex.js";
import { utf8Text } from "../bytes/utf8.js";
import { closeCodeInfo } from "../protocol/close-code.js";
import type { FrameEvent } from "../protocol/connection.js";
import type { Sender } from "../protocol/frame.js";
import { OPCODE, opcodeInfo } from "../protocol/opcode.js";
import type { Severity } from "../rules/rule.js";
import { safe } from "./escape.js";
import { type Line, span } from "./styled.js";

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

/** A status code with its name: `1000 Normal Closure`. */
export function closeTitle(code: number): string {
  return `${code} ${closeCodeInfo(code).name}`;
}

/** Whether a payload is shown as text: it belongs to a text message, is a ping, pong or reason, and is UTF-8 as far as it is there. */
export function shownText(payload: Uint8Array, opcode: number | null): string | null {
  if (opcode === null || opcode === OPCODE.binary) return null;
  // Up to three bytes at either end may belong to a character that a fragment or a limit cut.
  const whole = utf8Text(payload);
  if (whole !== null) return whole;
  let start = 0;
  while (start < 3 && ((payload[start] ?? 0) & 0xc0) === 0x80) start++;
  for (let cut = 0; cut <= 3 && cut <= payload.length - start; cut++) {
    const text = utf8Text(payload.subarray(start, payload.length - cut));
    if (text !== null) return `${"\ufffd".repeat(start > 0 ? 1 : 0)}${text}${"\ufffd".repeat(cut > 0 ? 1 : 0)}`;
  }
  return null;
}

/** Opcode that says how a frame's payload is to be shown: its message's, or its own. */
export function shownOpcode({ frame, messageOpcode }: FrameEvent): number | null {
  return messageOpcode ?? (frame.opcode === OPCODE.ping || frame.opcode === OPCODE.pong ? frame.opcode : null);
}

/** A payload on one line: text between quotes, other bytes in hex. `bytes` are looked at, at most. */
export function payloadPreview(payload: Uint8Array, opcode: number | null, bytes: number): Line {
  const looked = payload.subarray(0, bytes);
  if (looked.length === 0) return [];
  const text = shownText(looked, opcode);
  return [span(text === null ? hexBytes(looked) : `"${safe(text)}"`, "payload")];
}
