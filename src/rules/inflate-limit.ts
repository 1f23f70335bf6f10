import { formatCount } from "../bytes/size.js";
import { fieldSpans } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const inflateLimit: FrameRule<{ inflated: number }> = {
  id: "inflate-limit",
  severity: "warning",
  reference: "RFC 7692 §8",
  failCode: null,
  requirement: "A receiver should limit the inflated size of messages.",
  why: "A few compressed kilobytes can expand to gigabytes. One small message can bring down a receiver that inflates without a limit, so every library has one.",
  cause:
    "a decompression bomb; or a message that refers back to one that was not fully inflated, or to bytes missing from the recording",
  fix: "limit the size of inflated messages and answer a larger one with 1009; here, --max-payload raises the limit",
  formatMessage: ({ inflated }) =>
    inflated === 0
      ? "the message was not inflated: it refers to earlier bytes that are not available"
      : `inflating stopped after ${formatCount(inflated, "byte")}; the message is longer`,
  checkFrame({ frame, inflateLimit: inflated }) {
    if (inflated === null) return null;
    return { ...fieldSpans(frame).payload, detail: { inflated } };
  },
};
