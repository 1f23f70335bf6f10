import { excerpt } from "../bytes/safe-text.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeStatus: HandshakeRule<{ status: number; reason: string | null }> = {
  id: "handshake-status",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The response that opens the connection has status 101.",
  why: "101 is the only answer that changes the protocol. Anything else is HTTP: a redirect, a login page, a missing route, an error of the server or of a proxy before it. Its body often says what is wrong.",
  cause:
    "a server or proxy that refuses (400, 401, 403, 404, 426), redirects (301, 302), or took the request for a plain one (200)",
  fix: "look at what the status and the body say; check path, Origin, authentication, and the proxy's Upgrade settings",
  formatMessage: ({ status, reason }) =>
    `the response has status ${status}${reason ? ` (${excerpt(reason)})` : ""}: the connection is not opened`,
  checkHandshake({ response }) {
    if (response === null || response.status === null || response.status === 101) return [];
    return [{ ...response.startLine, detail: { status: response.status, reason: response.reason } }];
  },
};
