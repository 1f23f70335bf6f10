import { formatHexWord } from "../bytes/hex.js";
import { fieldSpans } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const reusedMaskingKey: FrameRule<{ key: string }> = {
  id: "reused-masking-key",
  severity: "warning",
  reference: "RFC 6455 §5.3",
  failCode: null,
  requirement: "A client must choose a new masking key for each frame.",
  why: "An attacker who can predict the next key can choose a payload that, once masked, puts the attacker's own bytes on the wire. No receiver checks this.",
  cause: "a client that generates one key for the whole connection, or uses a constant key",
  fix: "generate 4 random bytes for each frame",
  formatMessage: ({ key }) => `the masking key ${key} is the same as in this sender's previous frame`,
  checkFrame({ frame, keyReused }) {
    if (!keyReused) return null;
    return { ...fieldSpans(frame).maskingKey, detail: { key: formatHexWord(frame.maskingKey) } };
  },
};
