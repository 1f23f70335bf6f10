import { opcodeInfo } from "../protocol/frame/opcode.js";
import type { FrameRule } from "./rule.js";

export const reservedOpcode: FrameRule<{ opcode: number; meaning: string }> = {
  id: "reserved-opcode",
  severity: "error",
  reference: "RFC 6455 §5.2",
  failCode: 1002,
  requirement: "Opcodes 3–7 and 11–15 are reserved and must not be used.",
  why: "Reserved opcodes leave room for later versions of the protocol. A receiver cannot know whether such a frame is data or control, so it must fail the connection. In practice the byte is hardly ever an opcode: the reader has lost the frame boundary.",
  cause:
    "bytes read from the middle of a frame, because an earlier length was computed wrongly or a read returned only part of a frame",
  fix: "send only the defined opcodes 0, 1, 2, 8, 9 and 10",
  formatMessage: ({ opcode, meaning }) => `opcode ${opcode} (0x${opcode.toString(16)}) is ${meaning}`,
  checkFrame({ frame }) {
    const { name, meaning } = opcodeInfo(frame.opcode);
    if (name !== "reserved") return null;
    return { offset: frame.offset, length: 1, detail: { opcode: frame.opcode, meaning } };
  },
};
