import { quote } from "../bytes/safe-text.js";
import { isHandshakeKey, missingHeaderSpan } from "../protocol/handshake/handshake.js";
import { findHeaders } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeKey: HandshakeRule<{ count: number; value: string }> = {
  id: "handshake-key",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement:
    "The request must have exactly one Sec-WebSocket-Key: 16 random bytes in base64 (22 characters and `==`).",
  why: "The key is a nonce. With Sec-WebSocket-Accept, the server proves that it read this very request, that it knows WebSocket, and that no cache answered. A fixed or missing key proves nothing.",
  cause: "a key of the wrong length, in hex, or without its `==`; or a request from a plain HTTP client",
  fix: "generate 16 random bytes for each connection and send them in base64",
  formatMessage: ({ count, value }) => {
    if (count === 0) return "the request has no Sec-WebSocket-Key";
    if (count > 1) return `the request has ${count} Sec-WebSocket-Key headers`;
    return `Sec-WebSocket-Key is ${quote(value)}, which is not 16 bytes in base64`;
  },
  checkHandshake({ request }) {
    if (request === null) return [];
    const headers = findHeaders(request, "Sec-WebSocket-Key");
    const [first, second] = headers;
    if (first === undefined)
      return [{ ...missingHeaderSpan(request), head: "request", detail: { count: 0, value: "" } }];
    if (second !== undefined)
      return [{ ...second.lineSpan, head: "request", detail: { count: headers.length, value: second.value } }];
    return isHandshakeKey(first.value)
      ? []
      : [{ ...first.valueSpan, head: "request", detail: { count: 1, value: first.value } }];
  },
};
