import { quote } from "../bytes/safe-text.js";
import { findMissingTokens, type MissingToken } from "./missing-token.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeConnection: HandshakeRule<MissingToken> = {
  id: "handshake-connection",
  severity: "error",
  reference: "RFC 6455 §4.1, §4.2.2",
  failCode: null,
  requirement: "Both heads have a Connection header with the token `Upgrade`, in any case.",
  why: "Connection lists the headers that belong to this hop only. `upgrade` in it says that Upgrade is meant, and keeps an old proxy from forwarding Upgrade without knowing what it does.",
  cause: "a proxy that sets `Connection: close` or `keep-alive`, or a head that was written by hand",
  fix: "write `Connection: Upgrade`, alone or among other tokens; in a proxy, set it with the Upgrade header",
  formatMessage: ({ side, value }) =>
    value === null
      ? `the ${side} has no Connection header`
      : `Connection of the ${side} is ${quote(value)}, without the token Upgrade`,
  checkHandshake: (event) => findMissingTokens(event, "Connection", "upgrade"),
};
