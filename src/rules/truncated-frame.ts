import { formatCount, formatNumber } from "../bytes/size.js";
import { extendedLengthSize, type Frame, frameLength, receivedHeaderLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

/** Bytes that are missing of the header, and of the payload (`null` when the header does not tell yet). */
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
  requirement: "A frame has all the bytes that its header announces.",
  why: "A receiver waits until all announced bytes are there: a frame that never ends blocks the connection, and no later byte can be understood. A library sees it only when the connection closes, and then reports a lost connection.",
  cause:
    "one recv() or read() taken for a whole frame: TCP delivers bytes, and a frame may come in several reads; or a copy that was cut",
  fix: "keep reading until the header, and then the announced payload, are complete",
  formatMessage({ header, payload, of }) {
    if (header === 0)
      return `the input ends inside the payload: ${formatNumber(payload ?? 0)} of ${formatCount(of, "byte")} are missing`;
    if (payload === null) return `the input ends inside the header: at least ${formatMissing(header)}`;
    const total = BigInt(header) + BigInt(payload);
    return `the input ends inside the header: ${formatMissing(total)} (${header} of the header, ${formatCount(payload, "byte")} of payload)`;
  },
  checkFrame({ frame, gap }) {
    // A frame that a gap in the recording cut is no fault of its sender: `stream-gap` says so.
    if (frame.complete || gap !== null) return null;
    return { offset: frame.offset, length: frameLength(frame), detail: countMissing(frame) };
  },
};

function formatMissing(bytes: number | bigint): string {
  return `${formatCount(bytes, "byte")} ${BigInt(bytes) === 1n ? "is" : "are"} missing`;
}

function countMissing(frame: Frame): MissingBytes {
  const { payloadLength: of, payloadReceived } = frame;
  const received = receivedHeaderLength(frame);
  const tells = received >= 2 + extendedLengthSize(frame.lengthBits);
  const payload = typeof of === "bigint" ? of - BigInt(payloadReceived) : of - payloadReceived;
  return { header: frame.headerLength - received, payload: tells ? payload : null, of };
}
