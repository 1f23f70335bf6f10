import { excerpt } from "../bytes/safe-text.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeMethod: HandshakeRule<{ method: string }> = {
  id: "handshake-method",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The request method must be GET.",
  why: "The request must be one that every HTTP server, proxy and cache treats as safe and without a body. Only GET is; other methods could change something on a server that does not know WebSocket.",
  cause: "an HTTP client set to POST, or a lower-case method (methods are case-sensitive)",
  fix: "send the request with GET",
  formatMessage: ({ method }) => `the request method is ${excerpt(method)}, not GET`,
  checkHandshake({ request }) {
    if (request === null || request.method === null || request.method === "GET") return [];
    const { offset } = request.startLine;
    return [{ offset, length: request.method.length, head: "request", detail: { method: request.method } }];
  },
};
