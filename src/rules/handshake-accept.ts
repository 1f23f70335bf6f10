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
    "The response has one Sec-WebSocket-Accept: the SHA-1 of the key and the GUID 258EAFA5-E914-47DA-95CA-C5AB0DC85B11, in base64.",
  why: "The value is the base64 of SHA-1 over the key and a fixed GUID. It shows that the other end is a WebSocket server that answers this request now, and not a cache or an HTTP server that echoes headers.",
  cause:
    "a hash in hex, of the decoded key, of a key with its line end, or with a mistyped GUID; or an answer to another connection's key",
  fix: "take the key as the 24 characters that it is, append the GUID, and write the 20 bytes of the SHA-1 in base64",
  formatMessage: ({ count, value, expected }) => {
    const right = expected === null ? "" : `; the key's is ${expected}`;
    if (count === 0) return `the response has no Sec-WebSocket-Accept${right}`;
    if (count > 1) return `the response has Sec-WebSocket-Accept ${count} times${right}`;
    return `Sec-WebSocket-Accept is ${quote(value)}${right}`;
  },
  checkHandshake({ response, expectedAccept: expected }) {
    if (response === null || !switchesProtocols(response)) return [];
    const headers = findHeaders(response, "Sec-WebSocket-Accept");
    const [first, second] = headers;
    if (first === undefined) return [{ ...missingHeaderSpan(response), detail: { count: 0, value: "", expected } }];
    if (second !== undefined)
      return [{ ...second.lineSpan, detail: { count: headers.length, value: second.value, expected } }];
    const right = expected === null ? isSha1Base64(first.value) : first.value === expected;
    return right ? [] : [{ ...first.valueSpan, detail: { count: 1, value: first.value, expected } }];
  },
};

/** Without the key, it can only be said whether a value is a SHA-1 in base64 at all. */
function isSha1Base64(value: string): boolean {
  return /^[A-Za-z0-9+/]{27}=$/.test(value);
}
