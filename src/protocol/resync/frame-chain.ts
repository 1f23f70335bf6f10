import { hasControlCharacters } from "../../bytes/control-characters.js";
import { Utf8Validator } from "../../bytes/utf8.js";
import { closeCodeInfo } from "../frame/close-code.js";
import type { Sender } from "../frame/frame.js";
import { isControl, OPCODE } from "../frame/opcode.js";
import type { Rsv1Meaning } from "../message-assembler.js";

/*
 * Decides whether bytes at an unknown place in the stream are frames. Evidence is counted in bits: how rare such bytes are
 * in data that is not frames. Headers that are common in other data (zeros above all) add no evidence,
 * however many there are; an order or payload that no message can have ends a chain.
 */

/** The number of frames among which a repeated masking key is a pattern in other data: text under one mask is often periodic. */
const MAX_RECENT_KEYS = 4;
/** The maximum number of payload bytes to examine. */
const MAX_CHECKED_PAYLOAD_BYTES = 128;

/** A plausible header: no reserved bits or opcodes, control frames short and final, the length in its shortest form. */
export interface FrameHeader {
  /** Its first byte: FIN, RSV1 and opcode. */
  readonly first: number;
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly masked: boolean;
  readonly maskingKey: number;
  readonly payloadLength: number;
  readonly headerLength: number;
}

/** Consecutive frames, as far as they were followed. */
export interface FrameChain {
  /** The offset of the first frame. */
  readonly start: number;
  /** Whether a message is open after them; `null` if unknown. */
  readonly isMessageOpen: boolean | null;
  /** Whether the last one is a Close frame, which ends the stream. */
  readonly isClosed: boolean;
  /** The evidence for them, in bits. */
  readonly evidenceBits: number;
  readonly last: FrameHeader | null;
  /** The latest masking keys, at most {@link MAX_RECENT_KEYS}. */
  readonly recentKeys: readonly number[];
}

/** An empty chain. */
export function startChain(start: number): FrameChain {
  return { start, isMessageOpen: null, isClosed: false, evidenceBits: 0, last: null, recentKeys: [] };
}

/** For each byte, whether a header may begin with it. */
const VALID_FIRST_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const opcode = byte & 0x0f;
  if ((byte & 0x30) !== 0) return 0;
  if (opcode > OPCODE.pong || (opcode > OPCODE.binary && opcode < OPCODE.close)) return 0;
  if (isControl(opcode)) return byte >> 4 === 8 ? 1 : 0;
  return opcode === OPCODE.continuation && (byte & 0x40) !== 0 ? 0 : 1;
});

/**
 * The header at an index of bytes; `null` for an invalid one, `"incomplete"` if bytes of it are missing.
 *
 * @param sender the sender, which determines whether there is a masking key; `null` if unknown
 */
export function parseHeaderAt(
  bytes: Uint8Array,
  at: number,
  end: number,
  sender: Sender | null,
): FrameHeader | "incomplete" | null {
  const first = bytes[at] as number;
  if (VALID_FIRST_BYTES[first] === 0) return null;
  if (at + 2 > end) return "incomplete";
  const second = bytes[at + 1] as number;
  const masked = second >= 0x80;
  if (sender !== null && masked !== (sender === "client")) return null;
  const short = second & 0x7f;
  const opcode = first & 0x0f;
  if (short > 125 && isControl(opcode)) return null;
  const keyAt = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  const headerLength = keyAt - at + (masked ? 4 : 0);
  if (at + headerLength > end) return "incomplete";
  const payloadLength = short < 126 ? short : parseBigEndian(bytes, at + 2, keyAt);
  // A length that is not in its shortest form, or is 2^53 bytes or more, is not plausible.
  if (payloadLength < (short < 126 ? 0 : short === 126 ? 126 : 0x1_0000) || payloadLength > Number.MAX_SAFE_INTEGER)
    return null;
  const maskingKey = masked ? parseBigEndian(bytes, keyAt, keyAt + 4) : 0;
  const [fin, rsv1] = [first >= 0x80, (first & 0x40) !== 0];
  return { first, opcode, fin, rsv1, masked, maskingKey, payloadLength, headerLength };
}

function parseBigEndian(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] as number);
  return value;
}

/**
 * A chain with one more frame, given its header; `null` for an impossible order (RFC 6455 §5.4): a continuation
 * needs an open message, a new message needs none, and nothing follows a Close frame.
 */
export function extendChain(chain: FrameChain, header: FrameHeader, rsv1: Rsv1Meaning): FrameChain | null {
  const { opcode, fin } = header;
  if (chain.isClosed || (header.rsv1 && rsv1 === "none")) return null;
  const { start, isMessageOpen, recentKeys } = chain;
  if (!isControl(opcode) && isMessageOpen !== null && isMessageOpen !== (opcode === OPCODE.continuation)) return null;
  return {
    start,
    isMessageOpen: isControl(opcode) ? isMessageOpen : !fin,
    isClosed: opcode === OPCODE.close,
    evidenceBits: chain.evidenceBits + scoreHeader(header, chain, rsv1),
    last: header,
    recentKeys: header.masked ? [...recentKeys.slice(1 - MAX_RECENT_KEYS), header.maskingKey] : recentKeys,
  };
}

/** Whether a frame has nearly the masking key of one shortly before it: at least two of its bytes. Random keys hardly ever do. */
export function repeatsKey({ recentKeys }: FrameChain, { masked, maskingKey }: FrameHeader): boolean {
  return masked && recentKeys.some((key) => countEqualBytes(key, maskingKey) >= 2);
}

function countEqualBytes(one: number, other: number): number {
  const difference = one ^ other;
  return [0xff, 0xff00, 0xff_0000, 0xff00_0000].filter((byte) => (difference & byte) === 0).length;
}

/** The evidence of a header, in bits. */
function scoreHeader(header: FrameHeader, chain: FrameChain, rsv1: Rsv1Meaning): number {
  const { opcode, fin, payloadLength } = header;
  const before = chain.last;
  if (repeatsKey(chain, header)) return 0;
  if (!fin && (payloadLength === 0 || (opcode === OPCODE.continuation && payloadLength < 126))) return 0;
  const unexplained = header.rsv1 && rsv1 === "unknown" ? 1 : 0;
  // In binary data, such as 16-bit numbers, two bytes that look like an empty frame come in long runs.
  if (payloadLength === 0 && before?.payloadLength === 0) return 0;
  // A repeated header may be a pattern in other data.
  if (before?.first === header.first && before.payloadLength === payloadLength) return 2 - unexplained;
  return (fin ? (payloadLength === 0 ? 2 : 5) : 3) - unexplained;
}

/**
 * The evidence of a frame's payload, `bytes[start, end)`, in bits; `null` for an impossible one: text that is not UTF-8, or a
 * Close frame with a status code that is never sent.
 */
export function scorePayload(header: FrameHeader, bytes: Uint8Array, start: number, end: number): number | null {
  const { opcode, rsv1 } = header;
  const isText = opcode === OPCODE.text && !rsv1;
  if (end === start || !(isText || opcode === OPCODE.close)) return 0;
  const payload = bytes.slice(start, Math.min(end, start + MAX_CHECKED_PAYLOAD_BYTES));
  if (header.masked) unmask(payload, header.maskingKey);
  const whole = header.fin && payload.length === end - start;
  if (opcode === OPCODE.close) return scoreClose(payload);
  if (!isUtf8Prefix(payload, 0, whole)) return null;
  // ASCII that is unmasked with bytes of the same masked ASCII is ASCII, too, but half of it is control characters.
  return header.fin && !hasControlCharacters(payload) ? Math.min(8, payload.length) : 0;
}

/** The evidence of a Close frame's payload, in bits; `null` for an impossible one. */
function scoreClose(payload: Uint8Array): number | null {
  const [high = 0, low = 0] = payload;
  const code = (high << 8) | low;
  if (!closeCodeInfo(code).isSendable || !isUtf8Prefix(payload, 2, true) || hasControlCharacters(payload.subarray(2)))
    return null;
  // There are 14 codes below 2000, and 2000 above.
  return code < 2000 ? 8 : 4;
}

/** Whether bytes are UTF-8; unless `whole` is set, the last character may be incomplete. */
function isUtf8Prefix(bytes: Uint8Array, start: number, whole: boolean): boolean {
  const validator = new Utf8Validator();
  return validator.push(bytes, start, bytes.length) < 0 && !(whole && validator.sequence.length > 0);
}

function unmask(bytes: Uint8Array, key: number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] as number) ^ (key >>> (24 - 8 * (i & 3)));
}

/** The evidence of a frame that fills one packet, as most do, in bits: more for a long frame, whose length has more bits. */
export function scorePacket({ payloadLength }: FrameHeader): number {
  return payloadLength < 126 ? 12 : 18;
}
