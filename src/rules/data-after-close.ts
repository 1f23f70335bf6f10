import { frameLength } from "../protocol/frame/frame.js";
import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const dataAfterClose: FrameRule<{ opcode: number; name: string; sender: string }> = {
  id: "data-after-close",
  severity: "error",
  reference: "RFC 6455 §5.5.1",
  failCode: null,
  requirement: "An endpoint that has sent a Close frame sends no more data frames.",
  why: "Close says that this side has said everything. The peer may discard what follows and close the TCP connection, so data sent after it is lost without a word.",
  cause: "a sender that queues its Close frame ahead of messages, or goes on until the connection is closed",
  fix: "stop sending when Close was sent; send what is queued before it",
  formatMessage: ({ opcode, name, sender }) =>
    `a data frame (opcode ${opcode}, ${name}) from the ${sender}, which has sent a Close frame before`,
  checkFrame({ frame, sender, afterClose }) {
    if (!afterClose || isControl(frame.opcode)) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { offset: frame.offset, length: frameLength(frame), detail: { opcode: frame.opcode, name, sender } };
  },
};
