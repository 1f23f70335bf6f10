import { missedIn } from "../protocol/handshake/handshake.js";
import { headersNamed } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeHost: HandshakeRule<Record<never, never>> = {
  id: "handshake-host",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  demand: "The request has a Host header.",
  why: "One address serves many names. HTTP/1.1 demands Host, and a server needs it to choose the site and to compare it with Origin.",
  cause: "a request that was written by hand, with the server's name in the address only",
  remedy: "add `Host: name:port`, without the port where it is the usual one",
  sentence: () => "the request has no Host header",
  checkHandshake({ request }) {
    if (request === null || headersNamed(request, "Host").length > 0) return [];
    return [{ ...missedIn(request), detail: {} }];
  },
};
