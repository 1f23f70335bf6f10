import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const rsv1OnControlFrame: FrameRule<{ opcode: number; name: string }> = {
  id: "rsv1-on-control-frame",
  severity: "error",
  reference: "RFC 7692 §6.1",
  failCode: 1002,
  requirement: "permessage-deflate compresses data messages: RSV1 is 0 on control frames.",
  why: "permessage-deflate compresses messages, and a control frame is not part of one: its payload is never compressed. A receiver that does not inflate control frames would read garbage if the bit were honoured.",
  cause: "an encoder that sets RSV1 on every frame once compression was agreed",
  fix: "set RSV1 on the first frame of a compressed data message only, and send control frames as they are",
  formatMessage: ({ opcode, name }) => `a control frame (opcode ${opcode}, ${name}) has RSV1 set`,
  checkFrame({ frame, rsv1Meaning }) {
    if (!frame.rsv1 || !isControl(frame.opcode) || (rsv1Meaning !== "agreed" && rsv1Meaning !== "assumed")) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { offset: frame.offset, length: 1, detail: { opcode: frame.opcode, name } };
  },
};
