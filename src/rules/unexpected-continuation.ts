import type { FrameRule } from "./rule.js";

export const unexpectedContinuation: FrameRule<Record<never, never>> = {
  id: "unexpected-continuation",
  severity: "error",
  reference: "RFC 6455 §5.4",
  failCode: 1002,
  requirement: "A continuation frame must follow a text or binary frame with FIN 0 from the same sender.",
  why: "A continuation frame has no type of its own; the first frame of the message has it. If no message is open, the receiver cannot know whether the bytes are text or binary.",
  cause: "a sender that uses opcode 0 for a message's only frame, or a first fragment sent with FIN 1",
  fix: "start each message with opcode 1 or 2, and set FIN only on its last fragment",
  formatMessage: () => "a continuation frame arrived, but this sender has no open message",
  checkFrame({ frame, place, uncertain }) {
    if (place !== "unexpected-continuation" || uncertain) return null;
    return { offset: frame.offset, length: 1, detail: {} };
  },
};
