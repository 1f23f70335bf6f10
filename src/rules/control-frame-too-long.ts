import { formatCount } from "../bytes/size.js";
import { fieldSpans } from "../protocol/frame/frame.js";
import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const controlFrameTooLong: FrameRule<{ opcode: number; name: string; length: number | bigint }> = {
  id: "control-frame-too-long",
  severity: "error",
  reference: "RFC 6455 §5.5",
  failCode: 1002,
  requirement: "A control frame has a payload of at most 125 bytes.",
  why: "125 bytes are the most that the 7-bit length form holds, so any endpoint can keep a control frame whole in a small buffer and answer it at once. A Close reason has 123 of them, after the status code.",
  cause: "a Close reason or a ping payload that is taken from an error message or an application's data",
  fix: "cut the payload to 125 bytes (a Close reason to 123), between two characters",
  formatMessage: ({ opcode, name, length }) =>
    `a control frame (opcode ${opcode}, ${name}) has ${formatCount(length, "byte")} of payload; 125 are the most`,
  checkFrame({ frame }) {
    if (!isControl(frame.opcode) || frame.payloadLength <= 125) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { ...fieldSpans(frame).length, detail: { opcode: frame.opcode, name, length: frame.payloadLength } };
  },
};
