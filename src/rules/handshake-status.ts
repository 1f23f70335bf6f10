import { excerpt } from "../bytes/safe-text.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeStatus: HandshakeRule<{ status: number; reason: string | null }> = {
  id: "handshake-status",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The response must have status 101 to open the connection.",
  why: "101 is the only status that switches protocols. Any other response is plain HTTP: a redirect, a login page, a missing route, or an error of the server or of a proxy in front of it. The body often says what is wrong.",
  cause:
    "a server or proxy that rejects the request (400, 401, 403, 404, 426), redirects it (301, 302), or treats it as an ordinary request (200)",
  fix: "read the status and the body; check the path, Origin, authentication, and the proxy's Upgrade settings",
  formatMessage: ({ status, reason }) =>
    `the response has status ${status}${reason ? ` (${excerpt(reason)})` : ""}: the connection was not opened`,
  checkHandshake({ response }) {
    if (response === null || response.status === null || response.status === 101) return [];
    return [{ ...response.startLine, head: "response", detail: { status: response.status, reason: response.reason } }];
  },
};
