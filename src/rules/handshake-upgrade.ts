import { quote } from "../bytes/safe-text.js";
import { type HandshakeEvent, switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders, parseListElements } from "../protocol/handshake/http-head.js";
import { findMissingTokens, type MissingToken } from "./missing-token.js";
import type { HandshakeFinding, HandshakeRule } from "./rule.js";

export const handshakeUpgrade: HandshakeRule<MissingToken> = {
  id: "handshake-upgrade",
  severity: "error",
  reference: "RFC 6455 §4.1, §4.2.2",
  failCode: null,
  requirement:
    "The request and the response must each have an Upgrade header with `websocket`, in any letter case; in the response it must be the only value.",
  why: "The header names the protocol that both sides switch to. Without `websocket`, the request is an ordinary HTTP request, and a 101 would switch to something unknown. Upgrade is a hop-by-hop header: a proxy removes it unless it is configured to forward it.",
  cause: "a proxy that drops hop-by-hop headers such as Upgrade, or a handwritten request or response",
  fix: "send `Upgrade: websocket`; in a proxy, forward Upgrade and Connection",
  formatMessage: ({ side, value }) =>
    value === null
      ? `the ${side} has no Upgrade header`
      : `the Upgrade header of the ${side} is ${quote(value)}, not websocket`,
  checkHandshake: (event) => [...findMissingTokens(event, "Upgrade", "websocket"), ...findExtraProtocols(event)],
};

/** A request may list several protocols; the response must name only the one that it switches to. */
function findExtraProtocols({ response }: HandshakeEvent): HandshakeFinding<MissingToken>[] {
  const headers = response !== null && switchesProtocols(response) ? findHeaders(response, "Upgrade") : [];
  const elements = parseListElements(headers);
  const [first] = headers;
  if (first === undefined || elements.length < 2 || !elements.some((one) => one.toLowerCase() === "websocket"))
    return [];
  return [{ ...first.lineSpan, head: "response", detail: { side: "response", value: elements.join(", ") } }];
}
