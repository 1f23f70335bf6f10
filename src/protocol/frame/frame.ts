import type { Span } from "../../bytes/span.js";

/** The form a length is written in: 7 bits alone, or 16 or 64 bits after them. */
export type LengthBits = 7 | 16 | 64;

/** Who sent a frame. */
export type Sender = "client" | "server";

/**
 * One frame in its wire form (RFC 6455 §5.2): a flat record, so that a stream of small frames stays fast. {@link fieldSpans}
 * computes where each field's bytes are.
 */
export interface Frame {
  /** Offset of the frame's first byte, in bytes from the start of its byte stream. */
  readonly offset: number;
  /** Bytes of the header, 2–14, masking key included, as its first two bytes require. */
  readonly headerLength: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly rsv2: boolean;
  readonly rsv3: boolean;
  /** 0–15 */
  readonly opcode: number;
  readonly masked: boolean;
  /** The masking key as an unsigned 32-bit number, first byte highest; 0 in an unmasked frame. */
  readonly maskingKey: number;
  readonly lengthBits: LengthBits;
  /** Bytes, as the header says, up to 2^64-1; a `bigint` past 2^53-1. 0 when the header is cut before its length. */
  readonly payloadLength: number | bigint;
  /** Payload bytes in the input. */
  payloadReceived: number;
  /** False when the input ended inside the frame. */
  complete: boolean;
  /** The header's bytes when the input ended inside the header, else `null`. */
  readonly truncatedHeader: Uint8Array | null;
}

/** Bytes of the header in the input. */
export function receivedHeaderLength(frame: Frame): number {
  return frame.truncatedHeader === null ? frame.headerLength : frame.truncatedHeader.length;
}

/** Bytes of the frame in the input, header and payload. */
export function frameLength(frame: Frame): number {
  return receivedHeaderLength(frame) + frame.payloadReceived;
}

/** Offset of the first payload byte, in the frame's byte stream. */
export function payloadOffset(frame: Frame): number {
  return frame.offset + frame.headerLength;
}

/** The shortest form that can hold a payload length (RFC 6455 §5.2). */
export function minimalLengthBits(payloadLength: number | bigint): LengthBits {
  return payloadLength <= 125 ? 7 : payloadLength <= 0xffff ? 16 : 64;
}

/** Bytes of the extended payload length that a form needs after the 7-bit field: 0, 2 or 8. */
export function extendedLengthSize(lengthBits: LengthBits): 0 | 2 | 8 {
  return lengthBits === 7 ? 0 : lengthBits === 16 ? 2 : 8;
}

/** The spans of those fields of a frame that are whole bytes, as far as the input has them. */
export interface FieldSpans {
  /** FIN, RSV1–3 and opcode. */
  readonly firstByte: Span;
  /** MASK, and the payload length in every byte it is written in. */
  readonly length: Span;
  readonly extendedLength: Span;
  readonly maskingKey: Span;
  readonly payload: Span;
}

/** The spans of a frame's fields (RFC 6455 §5.2). A missing field has length 0, a truncated one the length of its rest. */
export function fieldSpans(frame: Frame): FieldSpans {
  const received = receivedHeaderLength(frame);
  const extended = extendedLengthSize(frame.lengthBits);
  const within = (start: number, length: number): Span => ({
    offset: frame.offset + start,
    length: Math.max(0, Math.min(length, received - start)),
  });
  return {
    firstByte: within(0, 1),
    length: within(1, 1 + extended),
    extendedLength: within(2, extended),
    maskingKey: within(2 + extended, frame.masked ? 4 : 0),
    payload: { offset: payloadOffset(frame), length: frame.payloadReceived },
  };
}
