import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { payloadOffset } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const invalidCloseCode: FrameRule<{ code: number; name: string; meaning: string }> = {
  id: "invalid-close-code",
  severity: "error",
  reference: "RFC 6455 §7.4",
  failCode: 1002,
  requirement:
    "The status code of a Close frame is a registered one of 1000–2999 that may be sent, or one of 3000–4999.",
  why: "Some codes are words between a library and its program, not between two endpoints: 1005, 1006 and 1015 report that no code came. On the wire they would claim that a Close frame never arrived, inside a Close frame. The other codes that are refused are reserved, or nobody has given them a meaning.",
  cause:
    "sending the code that a program was shown (1005, 1006 and 1015 are for programs only), or writing it in the wrong byte order",
  fix: "send 1000, 1001 or another registered code, one of 4000–4999 for the application's own, or a Close without a body",
  formatMessage: ({ code, name, meaning }) => `status code ${code} (${name}) may not be sent: ${meaning}`,
  checkFrame({ frame, closeCode }) {
    if (closeCode === null) return null;
    const { name, meaning, isSendable } = closeCodeInfo(closeCode);
    if (isSendable) return null;
    return { offset: payloadOffset(frame), length: 2, detail: { code: closeCode, name, meaning } };
  },
};
