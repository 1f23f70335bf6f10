import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { payloadOffset } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const invalidCloseCode: FrameRule<{ code: number; name: string; meaning: string }> = {
  id: "invalid-close-code",
  severity: "error",
  reference: "RFC 6455 §7.4",
  failCode: 1002,
  requirement:
    "The status code of a Close frame must be a registered code of 1000–2999 that may be sent, or a code of 3000–4999.",
  why: "Some codes exist only between a library and its program: 1005, 1006 and 1015 report that no code arrived. Inside a Close frame they would contradict themselves. The other rejected codes are reserved or undefined.",
  cause:
    "sending a code that a library reported (1005, 1006 and 1015 are never sent), or writing the code in the wrong byte order",
  fix: "send 1000, 1001 or another registered code, a code of 4000–4999 for the application's own purposes, or a Close without a body",
  formatMessage: ({ code, name, meaning }) => `status code ${code} (${name}) must not be sent: ${meaning}`,
  checkFrame({ frame, closeCode }) {
    if (closeCode === null) return null;
    const { name, meaning, isSendable } = closeCodeInfo(closeCode);
    if (isSendable) return null;
    return { offset: payloadOffset(frame), length: 2, detail: { code: closeCode, name, meaning } };
  },
};
