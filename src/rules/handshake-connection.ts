import { quote } from "../bytes/safe-text.js";
import { findMissingTokens, type MissingToken } from "./missing-token.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeConnection: HandshakeRule<MissingToken> = {
  id: "handshake-connection",
  severity: "error",
  reference: "RFC 6455 §4.1, §4.2.2",
  failCode: null,
  requirement:
    "The request and the response must each have a Connection header with the token `Upgrade`, in any letter case.",
  why: "Connection lists the headers that apply to this hop only. The token `upgrade` confirms that the Upgrade header is meant for this hop, and keeps an old proxy from forwarding it blindly.",
  cause: "a proxy that sets `Connection: close` or `keep-alive`, or a handwritten request or response",
  fix: "send `Connection: Upgrade`, alone or with other tokens; in a proxy, set it together with the Upgrade header",
  formatMessage: ({ side, value }) =>
    value === null
      ? `the ${side} has no Connection header`
      : `the Connection header of the ${side} is ${quote(value)}; it lacks the token Upgrade`,
  checkHandshake: (event) => findMissingTokens(event, "Connection", "upgrade"),
};
