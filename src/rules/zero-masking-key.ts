import { fieldSpans } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const zeroMaskingKey: FrameRule<Record<never, never>> = {
  id: "zero-masking-key",
  severity: "warning",
  reference: "RFC 6455 §5.3",
  failCode: null,
  requirement: "A masking key must be unpredictable: new for each frame, from a strong source of randomness.",
  why: "XOR with 00000000 changes nothing: the bytes are sent exactly as the application wrote them, without protection against poisoned proxy caches. No receiver rejects it, because a random key is zero once in 2^32 frames.",
  cause: "a client that sets the MASK bit but leaves the four key bytes at zero",
  fix: "generate 4 random bytes for each frame",
  formatMessage: () => "the masking key is 00000000: the payload is sent unchanged",
  checkFrame({ frame }) {
    if (!frame.masked || frame.maskingKey !== 0 || frame.truncatedHeader !== null) return null;
    return { ...fieldSpans(frame).maskingKey, detail: {} };
  },
};
