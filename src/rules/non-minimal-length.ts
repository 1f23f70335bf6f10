import { formatCount } from "../bytes/size.js";
import { fieldSpans, type LengthBits, minimalLengthBits, receivedHeaderLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const nonMinimalLength: FrameRule<{ length: number | bigint; bits: LengthBits; least: LengthBits }> = {
  id: "non-minimal-length",
  severity: "error",
  reference: "RFC 6455 §5.2",
  failCode: 1002,
  requirement:
    "The payload length is written in the shortest form that holds it: 7 bits up to 125, 16 bits up to 65535, else 64 bits.",
  why: "One length has one spelling. Where several are allowed, two programs may read the same bytes differently, and checks on the length can be passed by. Many libraries accept the longer form silently; browsers and strict servers fail the connection.",
  cause:
    "an encoder that tests `== 126` where it means `<= 65535`, so that 127 to 65535 bytes leave in the 64-bit form",
  fix: "choose the form by the length: `< 126`, then `<= 0xffff` with 126 and 2 bytes, else 127 and 8 bytes",
  formatMessage: ({ length, bits, least }) =>
    `${formatCount(length, "byte")} announced in the ${bits}-bit form, where the ${least}-bit form must be used`,
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
