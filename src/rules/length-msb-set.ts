import { formatNumber } from "../bytes/size.js";
import { fieldSpans } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const lengthMsbSet: FrameRule<{ length: bigint }> = {
  id: "length-msb-set",
  severity: "error",
  reference: "RFC 6455 §5.2",
  failCode: 1002,
  requirement: "The most significant bit of a 64-bit payload length must be 0.",
  why: "In the signed 64-bit integers of many languages, a length of 2^63 or more would be negative. The rule keeps a hostile or broken header from becoming a negative buffer size.",
  cause: "bytes read from the middle of a frame, or a negative length written as an unsigned number",
  fix: "write the length as an unsigned 64-bit number in network byte order, at most 2^63-1",
  formatMessage: ({ length }) =>
    `the 64-bit payload length has its most significant bit set (${formatNumber(length)} bytes)`,
  checkFrame({ frame }) {
    const { payloadLength } = frame;
    if (typeof payloadLength !== "bigint" || payloadLength < 2n ** 63n) return null;
    return { ...fieldSpans(frame).extendedLength, detail: { length: payloadLength } };
  },
};
