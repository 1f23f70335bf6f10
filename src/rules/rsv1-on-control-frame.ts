import { isControl, opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const rsv1OnControlFrame: FrameRule<{ opcode: number; name: string }> = {
  id: "rsv1-on-control-frame",
  severity: "error",
  reference: "RFC 7692 §6.1",
  failCode: 1002,
  requirement: "RSV1 must be 0 on control frames: permessage-deflate compresses data messages only.",
  why: "A control frame is not part of a message, so its payload is never compressed. If RSV1 were allowed here, a receiver that does not inflate control frames would read garbage.",
  cause: "an encoder that sets RSV1 on every frame once compression is agreed",
  fix: "set RSV1 only on the first frame of a compressed data message, and send control frames uncompressed",
  formatMessage: ({ opcode, name }) => `a control frame (opcode ${opcode}, ${name}) has RSV1 set`,
  checkFrame({ frame, rsv1Meaning }) {
    if (!frame.rsv1 || !isControl(frame.opcode) || (rsv1Meaning !== "agreed" && rsv1Meaning !== "assumed")) return null;
    const { name } = opcodeInfo(frame.opcode);
    return { offset: frame.offset, length: 1, detail: { opcode: frame.opcode, name } };
  },
};
