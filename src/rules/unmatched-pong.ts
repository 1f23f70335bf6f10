import { frameLength } from "../protocol/frame/frame.js";
import type { FrameRule } from "./rule.js";

export const unmatchedPong: FrameRule<Record<never, never>> = {
  id: "unmatched-pong",
  severity: "info",
  reference: "RFC 6455 §5.5.3",
  failCode: null,
  requirement:
    "A pong that answers a ping has the ping's payload; one that answers none is a sign of life, and is not answered.",
  why: "The payload ties a pong to its ping, so that round trips can be measured. A pong that answers nothing is allowed as a heartbeat, and libraries ignore it without a word.",
  cause: "a pong sent as a heartbeat, or one whose payload was not copied from the ping",
  fix: "copy the ping's payload into the pong; a heartbeat may stay as it is",
  formatMessage: () => "the pong has the payload of no ping that came before it",
  checkFrame({ frame, pongUnmatched }) {
    return pongUnmatched ? { offset: frame.offset, length: frameLength(frame), detail: {} } : null;
  },
};
