import { formatCount } from "../bytes/size.js";
import { opcodeInfo } from "../protocol/frame/opcode.js";
import type { EndRule } from "./rule.js";

export const unfinishedMessage: EndRule<{ name: string; first: number; frames: number; received: number }> = {
  id: "unfinished-message",
  severity: "warning",
  reference: "RFC 6455 §5.4",
  failCode: null,
  requirement: "A message ends with a frame whose FIN bit is 1.",
  why: "A receiver hands a message to the application when its last fragment has come. Without a frame that has FIN the message never arrives, and its fragments are held in memory for nothing.",
  cause: "an input that stops before the last fragment, or a sender that never sets FIN",
  fix: "set FIN on the message's last frame; on its only frame when it is not fragmented",
  formatMessage: ({ name, first, frames, received }) =>
    `the input ends while a ${name} message is open: begun in frame ${first}, ${formatCount(frames, "fragment")}, ${formatCount(received, "byte")} so far`,
  checkEnd({ openMessage, uncertain }) {
    // Its end may be among the bytes that are missing.
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
