import { formatCount, formatNumber } from "../bytes/size.js";
import { extendedLengthSize, type Frame, frameLength, receivedHeaderLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

/** The missing bytes of the header and of the payload (`null` if the length field itself is incomplete). */
interface MissingBytes {
  readonly [key: string]: number | bigint | null;
  readonly header: number;
  readonly payload: number | bigint | null;
  /** The payload length that the header announces. */
  readonly of: number | bigint;
}

export const truncatedFrame: FrameRule<MissingBytes> = {
  id: "truncated-frame",
  severity: "error",
  reference: "RFC 6455 §5.2",
  failCode: null,
  requirement: "A frame must have all the bytes that its header announces.",
  why: "A receiver waits until all announced bytes have arrived. A frame that never ends blocks the connection, and later bytes cannot be parsed. A library notices only when the connection closes, and then reports a lost connection.",
  cause:
    "one recv() or read() treated as a whole frame (TCP delivers bytes, and a frame may take several reads), or a copy that was cut",
  fix: "keep reading until the header, and then the announced payload, are complete",
  formatMessage({ header, payload, of }) {
    if (header === 0)
      return `the input ends inside the payload: ${formatNumber(payload ?? 0)} of ${formatCount(of, "byte")} ${isOrAre(payload ?? 0)} missing`;
    if (payload === null) return `the input ends inside the header: at least ${formatMissing(header)}`;
    const total = BigInt(header) + BigInt(payload);
    return `the input ends inside the header: ${formatMissing(total)} (${header} of the header, ${formatCount(payload, "byte")} of payload)`;
  },
  checkFrame({ frame, gap }) {
    // A frame cut by a gap in the recording is not its sender's fault: `stream-gap` reports the gap.
    if (frame.complete || gap !== null) return null;
    return { offset: frame.offset, length: frameLength(frame), detail: countMissing(frame) };
  },
};

function formatMissing(bytes: number | bigint): string {
  return `${formatCount(bytes, "byte")} ${isOrAre(bytes)} missing`;
}

function isOrAre(count: number | bigint): string {
  return BigInt(count) === 1n ? "is" : "are";
}

function countMissing(frame: Frame): MissingBytes {
  const { payloadLength: of, payloadReceived } = frame;
  const received = receivedHeaderLength(frame);
  const isLengthKnown = received >= 2 + extendedLengthSize(frame.lengthBits);
  const payload = typeof of === "bigint" ? of - BigInt(payloadReceived) : of - payloadReceived;
  return { header: frame.headerLength - received, payload: isLengthKnown ? payload : null, of };
}
