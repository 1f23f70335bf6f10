import { formatCount, formatNumber } from "../bytes/size.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { Message } from "../protocol/message-assembler.js";

/** How much smaller data was than what it inflated to: `34.1:1`; nothing where that says nothing. */
export function formatRatio(compressed: number, inflated: number): string {
  if (compressed === 0 || inflated === 0) return "";
  const times = inflated / compressed;
  return `${times < 100 ? times.toFixed(1) : formatNumber(Math.round(times))}:1`;
}

/** A compressed size and what it inflated to: `120 → 4,096 bytes, 34.1:1`. */
export function formatInflatedSize(compressed: number, inflated: number): string {
  const times = formatRatio(compressed, inflated);
  return `${formatNumber(compressed)} → ${formatCount(inflated, "byte")}${times === "" ? "" : `, ${times}`}`;
}

/** Whether nothing came out of a message, since it copies from bytes that are not here: those of messages before the capture. */
export function lacksContext({ compressed, inflated, payloadLength }: Message): boolean {
  return compressed && inflated === "limited" && payloadLength === 0;
}

/** What a compressed message had on the wire, and what came out of it. */
export function formatCompressedSize(message: Message): string {
  const { inflated, wirePayloadLength, payloadLength } = message;
  if (inflated === "no" || lacksContext(message)) return `${formatCount(wirePayloadLength, "byte")}, not inflated`;
  if (inflated === "limited")
    return `${formatNumber(wirePayloadLength)} → more than ${formatCount(payloadLength, "byte")}`;
  return formatInflatedSize(wirePayloadLength, payloadLength);
}

/** Whether a message's payload, as it was kept, is text. */
export function isTextMessage({ opcode, compressed, inflated }: Message): boolean {
  return opcode === OPCODE.text && !(compressed && inflated === "no");
}
