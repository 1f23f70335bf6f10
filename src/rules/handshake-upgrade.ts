import { quote } from "../bytes/safe-text.js";
import { type HandshakeEvent, switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders, parseListElements } from "../protocol/handshake/http-head.js";
import { findMissingTokens, type MissingToken } from "./missing-token.js";
import type { HandshakeRule, RuleFinding } from "./rule.js";

export const handshakeUpgrade: HandshakeRule<MissingToken> = {
  id: "handshake-upgrade",
  severity: "error",
  reference: "RFC 6455 §4.1, §4.2.2",
  failCode: null,
  requirement:
    "Both heads have an Upgrade header with `websocket`, in any case; in the response nothing stands beside it.",
  why: "The header names the protocol that both sides change to. Without `websocket` the request is an ordinary HTTP request, and a 101 would change to something unknown. It is a hop-by-hop header: a proxy removes it unless it is told to pass it on.",
  cause: "a proxy that drops hop-by-hop headers (Upgrade is one), or a head that was written by hand",
  fix: "write `Upgrade: websocket`; in a proxy, pass Upgrade and Connection on",
  formatMessage: ({ side, value }) =>
    value === null ? `the ${side} has no Upgrade header` : `Upgrade of the ${side} is ${quote(value)}, not websocket`,
  checkHandshake: (event) => [...findMissingTokens(event, "Upgrade", "websocket"), ...findExtraProtocols(event)],
};

/** A request may ask for several protocols; the response names the one that it goes on with. */
function findExtraProtocols({ response }: HandshakeEvent): RuleFinding<MissingToken>[] {
  const headers = response !== null && switchesProtocols(response) ? findHeaders(response, "Upgrade") : [];
  const elements = parseListElements(headers);
  const [first] = headers;
  if (first === undefined || elements.length < 2 || !elements.some((one) => one.toLowerCase() === "websocket"))
    return [];
  return [{ ...first.lineSpan, detail: { side: "response", value: elements.join(", ") } }];
}
