import { quote } from "../bytes/safe-text.js";
import { missingHeaderSpan, switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeAccept: HandshakeRule<{ count: number; value: string; expected: string | null }> = {
  id: "handshake-accept",
  severity: "error",
  reference: "RFC 6455 §4.2.2",
  failCode: null,
  requirement:
    "The response must have exactly one Sec-WebSocket-Accept: the base64 of the SHA-1 of the key followed by the GUID 258EAFA5-E914-47DA-95CA-C5AB0DC85B11.",
  why: "The value shows that a WebSocket server answered this very request, and not a cache or an HTTP server that echoes headers.",
  cause:
    "a hash in hex; a hash of the decoded key, of the key with its line end, or with a mistyped GUID; or the answer to another connection's key",
  fix: "append the GUID to the key exactly as it was sent (24 characters), and write the 20-byte SHA-1 of that in base64",
  formatMessage: ({ count, value, expected }) => {
    const right = expected === null ? "" : `; expected ${expected}`;
    if (count === 0) return `the response has no Sec-WebSocket-Accept${right}`;
    if (count > 1) return `the response has ${count} Sec-WebSocket-Accept headers${right}`;
    return `Sec-WebSocket-Accept is ${quote(value)}${right || "; expected a SHA-1 in base64"}`;
  },
  checkHandshake({ response, expectedAccept: expected }) {
    if (response === null || !switchesProtocols(response)) return [];
    const headers = findHeaders(response, "Sec-WebSocket-Accept");
    const [first, second] = headers;
    if (first === undefined)
      return [{ ...missingHeaderSpan(response), head: "response", detail: { count: 0, value: "", expected } }];
    if (second !== undefined)
      return [
        { ...second.lineSpan, head: "response", detail: { count: headers.length, value: second.value, expected } },
      ];
    const right = expected === null ? isSha1Base64(first.value) : first.value === expected;
    return right ? [] : [{ ...first.valueSpan, head: "response", detail: { count: 1, value: first.value, expected } }];
  },
};

/** Without the key, only the form of the value can be checked. */
function isSha1Base64(value: string): boolean {
  return /^[A-Za-z0-9+/]{27}=$/.test(value);
}
