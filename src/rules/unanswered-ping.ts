import type { EndRule } from "./rule.js";

export const unansweredPing: EndRule<{ index: number }> = {
  id: "unanswered-ping",
  severity: "info",
  reference: "RFC 6455 §5.5.2",
  failCode: null,
  requirement: "An endpoint answers a ping with a pong, unless it has received a Close frame.",
  why: "A ping asks whether the peer is alive and reads. A missing pong is how libraries find dead connections; most close after 20 to 60 seconds of silence, with 1011 or without a Close. An event loop that is blocked looks just the same.",
  cause: "an input that stops before the pong, or an implementation that reads pings and drops them",
  fix: "answer each ping, or at least the latest, with a pong that has the same payload",
  formatMessage: ({ index }) => `no pong answers the ping of frame ${index}`,
  checkEnd: ({ unansweredPings }) =>
    unansweredPings.map(({ index, offset, length }) => ({ offset, length, detail: { index } })),
};
