import { quote } from "../bytes/safe-text.js";
import { missingHeaderSpan } from "../protocol/handshake/handshake.js";
import { findHeaders } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeVersion: HandshakeRule<{ value: string | null; count: number }> = {
  id: "handshake-version",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The request has `Sec-WebSocket-Version: 13`, once.",
  why: "The drafts before RFC 6455 have other frames and other headers. 13 says which are meant; a server that does not speak a version answers 426 or 400 with the versions it speaks.",
  cause: "a client of a draft (8 is hybi-10, 7 and below are older), or a request that was written by hand",
  fix: "write `Sec-WebSocket-Version: 13`; a server that gets another answers 426 with that header",
  formatMessage: ({ value, count }) =>
    count > 1
      ? `the request has Sec-WebSocket-Version ${count} times`
      : value === null
        ? "the request has no Sec-WebSocket-Version"
        : `Sec-WebSocket-Version is ${quote(value)}, not 13`,
  checkHandshake({ request }) {
    if (request === null) return [];
    const headers = findHeaders(request, "Sec-WebSocket-Version");
    const wrong = headers.find(({ value }) => value !== "13");
    if (wrong !== undefined) return [{ ...wrong.valueSpan, detail: { value: wrong.value, count: 1 } }];
    const [first, second] = headers;
    if (second !== undefined) return [{ ...second.lineSpan, detail: { value: second.value, count: headers.length } }];
    return first !== undefined ? [] : [{ ...missingHeaderSpan(request), detail: { value: null, count: 0 } }];
  },
};
