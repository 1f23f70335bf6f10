import { formatCount } from "../bytes/size.js";
import { fieldSpans } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const inflateLimit: FrameRule<{ inflated: number }> = {
  id: "inflate-limit",
  severity: "warning",
  reference: "RFC 7692 §8",
  failCode: null,
  requirement: "A receiver limits what it inflates: a few bytes may stand for gigabytes.",
  why: "A few compressed kilobytes can become gigabytes. A receiver that inflates without a limit can be brought down with one small message, so every library has one.",
  cause:
    "a decompression bomb; or a message that was not inflated to its end before this one, which copies from it; or bytes that the recording lacks",
  fix: "limit the size of an inflated message and answer a larger one with 1009; --max-payload raises the limit here",
  formatMessage: ({ inflated }) =>
    inflated === 0
      ? "the message is not inflated: it copies from bytes that are not here"
      : `inflating stopped after ${formatCount(inflated, "byte")}: the message goes on`,
  checkFrame({ frame, inflateLimit: inflated }) {
    if (inflated === null) return null;
    return { ...fieldSpans(frame).payload, detail: { inflated } };
  },
};
