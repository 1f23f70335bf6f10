import type { EndRule } from "./rule.js";

export const unansweredPing: EndRule<{ index: number }> = {
  id: "unanswered-ping",
  severity: "info",
  reference: "RFC 6455 §5.5.2",
  failCode: null,
  demand: "An endpoint answers a ping with a pong, unless it has received a Close frame.",
  cause: "an input that stops before the pong, or an implementation that reads pings and drops them",
  remedy: "answer each ping, or at least the latest, with a pong that has the same payload",
  sentence: ({ index }) => `no pong answers the ping of frame ${index}`,
  checkEnd: ({ unansweredPings }) =>
    unansweredPings.map(({ index, offset, length }) => ({ offset, length, detail: { index } })),
};
