import type { FrameRule } from "./rule.js";

export const unexpectedContinuation: FrameRule<Record<never, never>> = {
  id: "unexpected-continuation",
  severity: "error",
  reference: "RFC 6455 §5.4",
  failCode: 1002,
  requirement: "A continuation frame follows a text or binary frame with FIN 0 of the same sender.",
  why: "A continuation has no type of its own: it takes it from the message's first frame. With no message open the receiver cannot know whether the bytes are text or binary.",
  cause: "a sender that uses opcode 0 for a message's only frame, or a first fragment that was sent with FIN 1",
  fix: "begin a message with opcode 1 or 2, and set FIN only on its last fragment",
  formatMessage: () => "a continuation frame, and no message of this sender is open",
  checkFrame({ frame, place, uncertain }) {
    if (place !== "unexpected-continuation" || uncertain) return null;
    return { offset: frame.offset, length: 1, detail: {} };
  },
};
