import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const fragmentedControlFrame: FrameRule<{ opcode: number; name: string }> = {
  id: "fragmented-control-frame",
  severity: "error",
  reference: "RFC 6455 §5.5",
  failCode: 1002,
  requirement: "A control frame is not fragmented: its FIN bit is 1.",
  why: "Control frames travel between the fragments of a message, so that a ping or Close need not wait for a long one. If they could be fragmented too, a continuation frame would no longer tell what it continues.",
  cause: "an encoder that takes FIN from the message that is being sent in fragments",
  fix: "send control frames whole, between the fragments of a message",
  formatMessage: ({ opcode, name }) => `a control frame (opcode ${opcode}, ${name}) has FIN 0`,
  checkFrame({ frame }) {
    if (frame.fin || !isControl(frame.opcode)) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { offset: frame.offset, length: 1, detail: { opcode: frame.opcode, name } };
  },
};
