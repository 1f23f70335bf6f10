import { quote } from "../bytes/safe-text.js";
import { formatCount } from "../bytes/size.js";
import type { HeadFault, HeadFaultKind, HttpHead } from "../protocol/handshake/http-head.js";
import { MAX_HEAD_BYTES } from "../protocol/handshake/http-syntax.js";
import type { HandshakeRule } from "./rule.js";

const MESSAGES: Readonly<Record<HeadFaultKind, (text: string, side: string) => string>> = {
  "start-line": (text, side) => {
    const line =
      side === "request" ? "request line (`GET /chat HTTP/1.1`)" : "status line (`HTTP/1.1 101 Switching Protocols`)";
    return text === "" ? `the ${side} has no ${line}` : `${quote(text)} is not a ${line}`;
  },
  "header-line": (text, side) => `a line of the ${side} is not a header: ${quote(text)}`,
  "blank-before-colon": (text, side) =>
    `the ${side} has whitespace between the header name ${quote(text)} and its colon`,
  folded: (text, side) => `a header of the ${side} continues on a second line: ${quote(text)}`,
  "bare-lf": (text, side) =>
    `${formatCount(Number(text), "line")} of the ${side} ${text === "1" ? "ends" : "end"} with LF instead of CR LF`,
  "no-empty-line": (_text, side) => `the ${side} does not end with an empty line`,
  "too-long": (_text, side) =>
    `the ${side} is longer than ${MAX_HEAD_BYTES / 1024} KiB: only its beginning is read, and the rest of it is skipped`,
};

export const handshakeMalformed: HandshakeRule<{ kind: HeadFaultKind; text: string; side: string }> = {
  id: "handshake-malformed",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement:
    "A handshake must be an HTTP/1.1 request and its response: a start line, header lines and an empty line, each ending with CR LF.",
  why: "A WebSocket connection begins as HTTP/1.1. If the first bytes are not a request line or status line, the other side speaks something else: TLS, HTTP/2, bare frames, or a proxy's error.",
  cause:
    "a handwritten request or response with `\\n` instead of `\\r\\n`, without a status line, or without the empty line at its end; or pasted text, which loses the CRs",
  fix: "begin with the start line, write headers as `Name: value`, end each line with CR LF, and end with an empty line",
  formatMessage: ({ kind, text, side }) => MESSAGES[kind](text, side),
  checkHandshake: ({ request, response }) =>
    [request, response].flatMap((head) => head?.faults.map((fault) => buildFinding(fault, head.kind)) ?? []),
};

function buildFinding({ kind, text, offset, length }: HeadFault, side: HttpHead["kind"]) {
  return { offset, length, head: side, detail: { kind, text, side } };
}
