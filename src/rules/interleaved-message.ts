import { formatCount } from "../bytes/size.js";
import { opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const interleavedMessage: FrameRule<{ name: string; open: string; first: number; received: number }> = {
  id: "interleaved-message",
  severity: "error",
  reference: "RFC 6455 §5.4",
  failCode: 1002,
  requirement: "The fragments of one message are not interleaved with another message's.",
  why: "Frames carry no message number. Only their order tells which message a fragment belongs to, so messages of one sender follow one another and only control frames may come between.",
  cause: "fragments sent with opcode 1 or 2 each in place of 0, or two tasks that write to one connection at once",
  fix: "send every fragment after the first with opcode 0, and let one message finish before the next begins",
  formatMessage: ({ name, open, first, received }) =>
    `a ${name} frame begins a message while the ${open} message begun in frame ${first} is open (${formatCount(received, "byte")} of it are given up)`,
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
