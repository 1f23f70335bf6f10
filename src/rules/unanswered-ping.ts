import type { EndRule } from "./rule.js";

export const unansweredPing: EndRule<{ index: number }> = {
  id: "unanswered-ping",
  severity: "info",
  reference: "RFC 6455 §5.5.2",
  failCode: null,
  requirement: "An endpoint must answer a ping with a pong, unless it has already received a Close frame.",
  why: "A ping checks that the peer is alive and reading. Libraries find dead connections by missing pongs; most close after 20 to 60 seconds of silence, with 1011 or without a Close. A blocked event loop looks exactly the same.",
  cause: "an input that ends before the pong, or an implementation that reads pings and drops them",
  fix: "answer each ping, or at least the latest, with a pong that has the same payload",
  formatMessage: ({ index }) => `no pong answers the ping in frame ${index}`,
  checkEnd: ({ unansweredPings }) =>
    unansweredPings.map(({ index, offset, length }) => ({ offset, length, detail: { index } })),
};
