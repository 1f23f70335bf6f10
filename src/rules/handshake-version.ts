import { quote } from "../bytes/safe-text.js";
import { missingHeaderSpan } from "../protocol/handshake/handshake.js";
import { findHeaders } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeVersion: HandshakeRule<{ value: string | null; count: number }> = {
  id: "handshake-version",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The request must have `Sec-WebSocket-Version: 13` exactly once.",
  why: "The drafts before RFC 6455 use other frames and other headers. 13 means RFC 6455; a server that does not support a version answers 426 or 400 and lists the versions it supports.",
  cause: "a client built for a draft (8 is hybi-10; 7 and below are older), or a handwritten request",
  fix: "send `Sec-WebSocket-Version: 13`; a server that gets another version answers 426 with that header",
  formatMessage: ({ value, count }) =>
    count > 1
      ? `the request has ${count} Sec-WebSocket-Version headers`
      : value === null
        ? "the request has no Sec-WebSocket-Version"
        : `Sec-WebSocket-Version is ${quote(value)}, not 13`,
  checkHandshake({ request }) {
    if (request === null) return [];
    const headers = findHeaders(request, "Sec-WebSocket-Version");
    const wrong = headers.find(({ value }) => value !== "13");
    if (wrong !== undefined) return [{ ...wrong.valueSpan, head: "request", detail: { value: wrong.value, count: 1 } }];
    const [first, second] = headers;
    if (second !== undefined)
      return [{ ...second.lineSpan, head: "request", detail: { value: second.value, count: headers.length } }];
    return first !== undefined
      ? []
      : [{ ...missingHeaderSpan(request), head: "request", detail: { value: null, count: 0 } }];
  },
};
