import { formatHexWord } from "../bytes/hex.js";
import { fieldSpans } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const reusedMaskingKey: FrameRule<{ key: string }> = {
  id: "reused-masking-key",
  severity: "warning",
  reference: "RFC 6455 §5.3",
  failCode: null,
  requirement: "A client chooses a fresh masking key for each frame.",
  why: "If the next key can be foretold, an attacker can choose a payload whose masked bytes spell what he wants on the wire. The key must be fresh for each frame. No receiver checks it.",
  cause: "a client that draws its key once for a connection, or has it as a constant",
  fix: "draw four random bytes for each frame",
  formatMessage: ({ key }) => `the masking key ${key} is the one of this sender's frame before`,
  checkFrame({ frame, keyReused }) {
    if (!keyReused) return null;
    return { ...fieldSpans(frame).maskingKey, detail: { key: formatHexWord(frame.maskingKey) } };
  },
};
