import { formatCount } from "../bytes/size.js";
import { opcodeInfo } from "../protocol/frame/opcode.js";
import type { EndRule } from "./rule.js";

export const unfinishedMessage: EndRule<{ name: string; first: number; frames: number; received: number }> = {
  id: "unfinished-message",
  severity: "warning",
  reference: "RFC 6455 §5.4",
  failCode: null,
  requirement: "A message must end with a frame whose FIN bit is 1.",
  why: "A receiver delivers a message to the application when its last fragment has arrived. Without a frame with FIN 1, the message is never delivered, and its fragments stay in memory.",
  cause: "an input that ends before the last fragment, or a sender that never sets FIN",
  fix: "set FIN on the last frame of each message; on its only frame if it is not fragmented",
  formatMessage: ({ name, first, frames, received }) =>
    `the input ends inside a ${name} message that started in frame ${first}: ${formatCount(frames, "fragment")}, ${formatCount(received, "byte")} so far`,
  checkEnd({ openMessage, uncertain }) {
    // The end of the message may be in the missing bytes.
    if (openMessage === null || uncertain) return [];
    const { opcode, frames, firstFrame, wirePayloadLength } = openMessage;
    const detail = {
      name: opcodeInfo(opcode).name,
      first: frames.first ?? 0,
      frames: frames.count,
      received: wirePayloadLength,
    };
    return [{ ...firstFrame, detail }];
  },
};
