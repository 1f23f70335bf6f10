import {
  extendedLengthSize,
  type Frame,
  type LengthBits,
  minimalLengthBits,
  payloadOffset,
  receivedHeaderLength,
} from "./frame.js";
import { applyMask } from "./masking.js";

/** What to write into a frame. Whatever is left out is what a server's final, minimal frame would have. */
export interface FrameDescription {
  /** 0–15 */
  readonly opcode: number;
  readonly payload?: Uint8Array;
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  readonly rsv2?: boolean;
  readonly rsv3?: boolean;
  /** Unsigned 32-bit number, first byte highest; the payload is masked with it. `null`: the frame is not masked. */
  readonly maskingKey?: number | null;
  /** The form of the length; the shortest that can hold it when left out. */
  readonly lengthBits?: LengthBits;
  /** The length to announce, 0 to 2^64-1, whatever the payload's own is. */
  readonly payloadLength?: number | bigint;
}

const MAX_PAYLOAD_LENGTHS: Readonly<Record<LengthBits, bigint>> = { 7: 125n, 16: 0xffffn, 64: 0xffff_ffff_ffff_ffffn };

/**
 * Writes a frame (RFC 6455 §5.2), legal or not.
 *
 * @throws RangeError when a field cannot hold its value: an opcode past 15, or a length past what its form can say
 */
export function encodeFrame(description: FrameDescription): Uint8Array {
  const { payload = new Uint8Array(0), maskingKey = null } = description;
  const header = encodeHeader(description);
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(payload, header.length);
  if (maskingKey !== null) applyMask(bytes, new DataView(bytes.buffer), header.length, bytes.length, maskingKey, 0);
  return bytes;
}

/** Writes the header alone, masking key included; throws as {@link encodeFrame} does. */
export function encodeHeader(description: FrameDescription): Uint8Array {
  const { opcode, fin = true, rsv1 = false, rsv2 = false, rsv3 = false, maskingKey = null } = description;
  const payloadLength = description.payloadLength ?? description.payload?.length ?? 0;
  const lengthBits = description.lengthBits ?? minimalLengthBits(payloadLength);
  if (!Number.isInteger(opcode) || opcode < 0 || opcode > 15)
    throw new RangeError(`an opcode is 0 to 15, not ${opcode}`);
  if (BigInt(payloadLength) < 0n || BigInt(payloadLength) > MAX_PAYLOAD_LENGTHS[lengthBits]) {
    throw new RangeError(
      `the ${lengthBits}-bit form cannot hold a length of ${payloadLength} (at most ${MAX_PAYLOAD_LENGTHS[lengthBits]})`,
    );
  }
  const keyAt = 2 + extendedLengthSize(lengthBits);
  const bytes = new Uint8Array(keyAt + (maskingKey === null ? 0 : 4));
  const view = new DataView(bytes.buffer);
  bytes[0] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | (rsv2 ? 0x20 : 0) | (rsv3 ? 0x10 : 0) | opcode;
  bytes[1] =
    (maskingKey === null ? 0 : 0x80) | (lengthBits === 7 ? Number(payloadLength) : lengthBits === 16 ? 126 : 127);
  if (lengthBits === 16) view.setUint16(2, Number(payloadLength));
  if (lengthBits === 64) view.setBigUint64(2, BigInt(payloadLength));
  if (maskingKey !== null) view.setUint32(keyAt, maskingKey);
  return bytes;
}

/** The header of a decoded frame as it stood on the wire, as far as it was there. */
export function headerBytes(frame: Frame): Uint8Array {
  return frame.truncatedHeader ?? encodeHeader({ ...frame, maskingKey: frame.masked ? frame.maskingKey : null });
}

/**
 * Bytes of a decoded frame as they stood on the wire.
 *
 * @param payload the unmasked payload, as far as it was kept
 * @param offset,length in the frame's byte stream; what lies outside the frame, or was not kept, is left out
 */
export function wireBytes(frame: Frame, payload: Uint8Array, offset: number, length: number): Uint8Array {
  const header = headerBytes(frame);
  const start = Math.max(0, offset - frame.offset);
  const end = Math.max(start, offset - frame.offset + length);
  const fromHeader = header.subarray(Math.min(start, header.length), Math.min(end, receivedHeaderLength(frame)));
  const payloadStart = Math.max(0, offset - payloadOffset(frame));
  const fromPayload = payload.slice(payloadStart, Math.max(payloadStart, end - frame.headerLength));
  if (frame.masked) {
    applyMask(fromPayload, new DataView(fromPayload.buffer), 0, fromPayload.length, frame.maskingKey, payloadStart);
  }
  const bytes = new Uint8Array(fromHeader.length + fromPayload.length);
  bytes.set(fromHeader);
  bytes.set(fromPayload, fromHeader.length);
  return bytes;
}
