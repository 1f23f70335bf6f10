import { missingHeaderSpan } from "../protocol/handshake/handshake.js";
import { findHeaders } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeHost: HandshakeRule<Record<never, never>> = {
  id: "handshake-host",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The request has a Host header.",
  why: "One address serves many names. HTTP/1.1 demands Host, and a server needs it to choose the site and to compare it with Origin.",
  cause: "a request that was written by hand, with the server's name in the address only",
  fix: "add `Host: name:port`, without the port where it is the usual one",
  formatMessage: () => "the request has no Host header",
  checkHandshake({ request }) {
    if (request === null || findHeaders(request, "Host").length > 0) return [];
    return [{ ...missingHeaderSpan(request), detail: {} }];
  },
};
