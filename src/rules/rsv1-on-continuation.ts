import { OPCODE } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const rsv1OnContinuation: FrameRule<Record<never, never>> = {
  id: "rsv1-on-continuation",
  severity: "error",
  reference: "RFC 7692 §6.1",
  failCode: 1002,
  requirement: "RSV1 marks a compressed message on its first frame only; it must be 0 on continuation frames.",
  why: "The bit applies to the whole message and is set on its first frame. On a continuation frame it could only contradict that frame, so it is an error.",
  cause: "an encoder that compresses and marks each fragment separately, or copies the first frame's header",
  fix: "compress the message as a whole, then split it, and set RSV1 only on its first frame",
  formatMessage: () => "a continuation frame has RSV1 set",
  checkFrame({ frame, rsv1Meaning }) {
    if (!frame.rsv1 || frame.opcode !== OPCODE.continuation) return null;
    if (rsv1Meaning !== "agreed" && rsv1Meaning !== "assumed") return null;
    return { offset: frame.offset, length: 1, detail: {} };
  },
};
