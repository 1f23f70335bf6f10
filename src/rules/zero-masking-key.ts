import { fieldSpans } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const zeroMaskingKey: FrameRule<Record<never, never>> = {
  id: "zero-masking-key",
  severity: "warning",
  reference: "RFC 6455 §5.3",
  failCode: null,
  requirement: "A masking key is unpredictable: fresh, and from a strong source of entropy.",
  why: "XOR with 00000000 changes nothing: the bytes leave as the application wrote them, and the protection against poisoned proxies is gone. No receiver refuses it, because a random key is zero once in 2^32 frames.",
  cause: "a client that sets the MASK bit and leaves the key's four bytes empty",
  fix: "draw four random bytes for each frame",
  formatMessage: () => "the masking key is 00000000: the payload is sent as it is",
  checkFrame({ frame }) {
    if (!frame.masked || frame.maskingKey !== 0 || frame.truncatedHeader !== null) return null;
    return { ...fieldSpans(frame).maskingKey, detail: {} };
  },
};
