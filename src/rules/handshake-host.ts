import { missingHeaderSpan } from "../protocol/handshake/handshake.js";
import { findHeaders } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeHost: HandshakeRule<Record<never, never>> = {
  id: "handshake-host",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The request must have a Host header.",
  why: "One address can serve many names. HTTP/1.1 requires Host, and a server needs it to choose the site and to compare it with Origin.",
  cause: "a handwritten request: the server's name was used to connect, but not sent",
  fix: "add `Host: name:port`; leave the port out if it is the default port",
  formatMessage: () => "the request has no Host header",
  checkHandshake({ request }) {
    if (request === null || findHeaders(request, "Host").length > 0) return [];
    return [{ ...missingHeaderSpan(request), head: "request", detail: {} }];
  },
};
