import { fieldSpans } from "../protocol/frame/frame.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const closePayloadTooShort: FrameRule<Record<never, never>> = {
  id: "close-payload-too-short",
  severity: "error",
  reference: "RFC 6455 §5.5.1",
  failCode: 1002,
  requirement: "The body of a Close frame must be empty or start with a 2-byte status code.",
  why: "The body starts with the 16-bit status code. One byte is half a code: the receiver can neither read it nor treat the body as empty.",
  cause: "a status code written as a single byte",
  fix: "write the status code as an unsigned 16-bit number in network byte order, or leave the body empty",
  formatMessage: () => "the body of the Close frame is 1 byte long; a status code takes 2",
  checkFrame({ frame }) {
    if (frame.opcode !== OPCODE.close || frame.truncatedHeader !== null || frame.payloadLength !== 1) return null;
    const { payload, length } = fieldSpans(frame);
    return { ...(payload.length === 1 ? payload : length), detail: {} };
  },
};
