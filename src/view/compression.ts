import { formatCount, formatNumber } from "../bytes/size.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { Message } from "../protocol/message-assembler.js";

/** The compression ratio, `34.1:1`; empty if either size is 0. Sizes are in bytes. */
export function formatRatio(compressed: number, inflated: number): string {
  if (compressed === 0 || inflated === 0) return "";
  const times = inflated / compressed;
  return `${times < 100 ? times.toFixed(1) : formatNumber(Math.round(times))}:1`;
}

/** Compressed and inflated size, in bytes: `120 → 4,096 bytes, 34.1:1`. */
export function formatInflatedSize(compressed: number, inflated: number): string {
  const times = formatRatio(compressed, inflated);
  return `${formatNumber(compressed)} → ${formatCount(inflated, "byte")}${times === "" ? "" : `, ${times}`}`;
}

/** Whether a message could not be inflated because it refers to bytes of earlier messages that are not available. */
export function lacksContext({ compressed, inflated, payloadLength }: Message): boolean {
  return compressed && inflated === "limited" && payloadLength === 0;
}

/** The compressed size of a message, and its inflated size if it is known. */
export function formatCompressedSize(message: Message): string {
  const { inflated, wirePayloadLength, payloadLength } = message;
  if (inflated === "no" || lacksContext(message)) return `${formatCount(wirePayloadLength, "byte")}, not inflated`;
  if (inflated === "limited")
    return `${formatNumber(wirePayloadLength)} → more than ${formatCount(payloadLength, "byte")}`;
  return formatInflatedSize(wirePayloadLength, payloadLength);
}

/** Whether the stored payload of a message is text: a text message, unless it is still compressed. */
export function isTextMessage({ opcode, compressed, inflated }: Message): boolean {
  return opcode === OPCODE.text && !(compressed && inflated === "no");
}
