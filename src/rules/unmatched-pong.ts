import { frameLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const unmatchedPong: FrameRule<Record<never, never>> = {
  id: "unmatched-pong",
  severity: "info",
  reference: "RFC 6455 §5.5.3",
  failCode: null,
  requirement:
    "A pong that answers a ping must have the ping's payload; a pong without a ping is a heartbeat and gets no answer.",
  why: "The payload ties a pong to its ping, so that round trips can be measured. A pong without a ping is allowed as a heartbeat, and libraries silently ignore it.",
  cause: "a pong sent as a heartbeat, or a pong whose payload was not copied from the ping",
  fix: "copy the ping's payload into the pong; a heartbeat needs no change",
  formatMessage: () => "the payload of this pong matches no earlier ping",
  checkFrame({ frame, pongUnmatched }) {
    return pongUnmatched ? { offset: frame.offset, length: frameLength(frame), detail: {} } : null;
  },
};
