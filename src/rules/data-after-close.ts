import { frameLength } from "../protocol/frame/frame.js";
import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const dataAfterClose: FrameRule<{ opcode: number; name: string; sender: string }> = {
  id: "data-after-close",
  severity: "error",
  reference: "RFC 6455 §5.5.1",
  failCode: null,
  requirement: "An endpoint must not send data frames after its Close frame.",
  why: "A Close frame means that its sender is done. The peer may discard whatever follows and close the TCP connection, so data sent after a Close is silently lost.",
  cause: "a sender that puts its Close frame ahead of queued messages, or keeps sending until the connection is closed",
  fix: "send queued messages before the Close frame, and nothing after it",
  formatMessage: ({ opcode, name, sender }) =>
    `the ${sender} sent a data frame (opcode ${opcode}, ${name}) after its Close frame`,
  checkFrame({ frame, sender, afterClose }) {
    if (!afterClose || isControl(frame.opcode)) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { offset: frame.offset, length: frameLength(frame), detail: { opcode: frame.opcode, name, sender } };
  },
};
