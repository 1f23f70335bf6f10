import { isControl } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";
import { buildUtf8Fault, formatUtf8Reason, type Utf8Fault } from "./utf8-fault.js";

export const invalidUtf8: FrameRule<Utf8Fault> = {
  id: "invalid-utf8",
  severity: "error",
  reference: "RFC 6455 §8.1",
  failCode: 1007,
  requirement:
    "A text message must be valid UTF-8 as a whole: a fragment may end inside a character, the message may not.",
  why: "Every receiver must be able to turn a text message into a string. Bytes that are not UTF-8 would become replacement characters, or different strings on different platforms, so the receiver fails the connection with 1007.",
  cause: "binary data or text in another encoding sent with opcode 1, or text that was cut inside a character",
  fix: "encode the text as UTF-8, or send it with opcode 2",
  formatMessage: (fault) => `the text is not UTF-8: ${formatUtf8Reason(fault)}`,
  checkFrame({ frame, utf8Error }) {
    if (utf8Error === null || isControl(frame.opcode)) return null;
    return { offset: utf8Error.offset, length: utf8Error.length, detail: buildUtf8Fault(utf8Error) };
  },
};
