import { formatCount } from "../bytes/size.js";
import { fieldSpans, type LengthBits, minimalLengthBits, receivedHeaderLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const nonMinimalLength: FrameRule<{ length: number | bigint; bits: LengthBits; least: LengthBits }> = {
  id: "non-minimal-length",
  severity: "error",
  reference: "RFC 6455 §5.2",
  failCode: 1002,
  requirement:
    "The payload length must be written in the shortest form that holds it: 7 bits up to 125, 16 bits up to 65535, otherwise 64 bits.",
  why: "Each length has only one valid form. If several were allowed, two programs could read the same bytes differently, and length checks could be bypassed. Many libraries silently accept the longer form; browsers and strict servers fail the connection.",
  cause: "an encoder that tests `== 126` instead of `<= 65535`, and so sends 127 to 65535 bytes in the 64-bit form",
  fix: "choose the form by the length: 7 bits if `< 126`, 126 and 2 bytes if `<= 0xffff`, otherwise 127 and 8 bytes",
  formatMessage: ({ length, bits, least }) =>
    `a payload length of ${formatCount(length, "byte")} must use the ${least}-bit form, not the ${bits}-bit form`,
  checkFrame({ frame }) {
    const { length, extendedLength } = fieldSpans(frame);
    const known =
      receivedHeaderLength(frame) >= 2 &&
      extendedLength.length > 0 &&
      length.length === 1 + (frame.lengthBits === 16 ? 2 : 8);
    const least = minimalLengthBits(frame.payloadLength);
    if (!known || frame.lengthBits === least) return null;
    return { ...length, detail: { length: frame.payloadLength, bits: frame.lengthBits, least } };
  },
};
