import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const fragmentedControlFrame: FrameRule<{ opcode: number; name: string }> = {
  id: "fragmented-control-frame",
  severity: "error",
  reference: "RFC 6455 §5.5",
  failCode: 1002,
  requirement: "A control frame must not be fragmented: its FIN bit is 1.",
  why: "Control frames may be sent between the fragments of a message, so that a ping or Close need not wait for a long one. If they could be fragmented too, it would be unclear what a continuation frame continues.",
  cause: "an encoder that copies FIN from the fragmented message it is sending",
  fix: "send each control frame whole, between the fragments of a message",
  formatMessage: ({ opcode, name }) => `a control frame (opcode ${opcode}, ${name}) has FIN 0`,
  checkFrame({ frame }) {
    if (frame.fin || !isControl(frame.opcode)) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { offset: frame.offset, length: 1, detail: { opcode: frame.opcode, name } };
  },
};
