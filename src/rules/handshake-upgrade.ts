import { type MissingToken, missingTokens } from "./missing-token.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeUpgrade: HandshakeRule<MissingToken> = {
  id: "handshake-upgrade",
  severity: "error",
  reference: "RFC 6455 §4.1, §4.2.2",
  failCode: null,
  demand: "Both heads have an Upgrade header with `websocket`, in any case.",
  why: "The header names the protocol that both sides change to. Without `websocket` the request is an ordinary HTTP request, and a 101 would change to something unknown. It is a hop-by-hop header: a proxy removes it unless it is told to pass it on.",
  cause: "a proxy that drops hop-by-hop headers (Upgrade is one), or a head that was written by hand",
  remedy: "write `Upgrade: websocket`; in a proxy, pass Upgrade and Connection on",
  sentence: ({ side, value }) =>
    value === null
      ? `the ${side} has no Upgrade header`
      : `Upgrade of the ${side} is ${JSON.stringify(value)}, not websocket`,
  checkHandshake: (event) => missingTokens(event, "Upgrade", "websocket"),
};
