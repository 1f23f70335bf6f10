import { formatCount } from "../bytes/size.js";
import { opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const interleavedMessage: FrameRule<{ name: string; open: string; first: number; received: number }> = {
  id: "interleaved-message",
  severity: "error",
  reference: "RFC 6455 §5.4",
  failCode: 1002,
  requirement: "The fragments of one message must not be interleaved with those of another.",
  why: "Frames carry no message number. Only their order shows which message a fragment belongs to, so one sender's messages follow one another, and only control frames may come between fragments.",
  cause: "fragments sent with opcode 1 or 2 instead of 0, or two tasks that write to the same connection",
  fix: "send every fragment after the first with opcode 0, and finish one message before starting the next",
  formatMessage: ({ name, open, first, received }) =>
    `a ${name} frame starts a message before the ${open} message from frame ${first} is finished (${formatCount(received, "byte")} discarded)`,
  checkFrame({ frame, abandonedMessage, uncertain }) {
    if (abandonedMessage === null || uncertain) return null;
    const name = opcodeInfo(frame.opcode).name;
    const open = opcodeInfo(abandonedMessage.opcode).name;
    const detail = {
      name,
      open,
      first: abandonedMessage.frames.first ?? 0,
      received: abandonedMessage.wirePayloadLength,
    };
    return { offset: frame.offset, length: 1, detail };
  },
};
