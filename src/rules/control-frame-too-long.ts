import { formatCount } from "../bytes/size.js";
import { fieldSpans } from "../protocol/frame/frame.js";
import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const controlFrameTooLong: FrameRule<{ opcode: number; name: string; length: number | bigint }> = {
  id: "control-frame-too-long",
  severity: "error",
  reference: "RFC 6455 §5.5",
  failCode: 1002,
  requirement: "The payload of a control frame must be at most 125 bytes long.",
  why: "125 bytes is the most that the 7-bit length form holds, so any endpoint can keep a whole control frame in a small buffer and answer it at once. After the status code, 123 of them are left for a Close reason.",
  cause: "a Close reason or ping payload copied from an error message or from application data",
  fix: "cut the payload to 125 bytes (a Close reason to 123), between two characters",
  formatMessage: ({ opcode, name, length }) =>
    `a control frame (opcode ${opcode}, ${name}) has a payload of ${formatCount(length, "byte")}; the maximum is 125`,
  checkFrame({ frame }) {
    if (!isControl(frame.opcode) || frame.payloadLength <= 125) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { ...fieldSpans(frame).length, detail: { opcode: frame.opcode, name, length: frame.payloadLength } };
  },
};
