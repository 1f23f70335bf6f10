import { isControl } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";
import { buildUtf8Fault, formatUtf8Reason, type Utf8Fault } from "./utf8-fault.js";

export const invalidCloseReason: FrameRule<Utf8Fault> = {
  id: "invalid-close-reason",
  severity: "error",
  reference: "RFC 6455 §5.5.1",
  failCode: 1007,
  requirement: "The reason after the status code of a Close frame must be UTF-8.",
  why: "The reason is for logs and people. It is defined as UTF-8 so that it can be shown without guessing the encoding. The same rule applies to text messages.",
  cause: "a reason that was cut to 123 bytes inside a character, or that is in another encoding",
  fix: "encode the reason as UTF-8, and cut it between two characters",
  formatMessage: (fault) => `the Close reason is not UTF-8: ${formatUtf8Reason(fault)}`,
  checkFrame({ frame, utf8Error }) {
    if (utf8Error === null || !isControl(frame.opcode)) return null;
    return { offset: utf8Error.offset, length: utf8Error.length, detail: buildUtf8Fault(utf8Error) };
  },
};
