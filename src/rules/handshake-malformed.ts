import { quote } from "../bytes/safe-text.js";
import { formatCount } from "../bytes/size.js";
import type { HeadFault, HeadFaultKind } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

const MESSAGES: Readonly<Record<HeadFaultKind, (text: string, side: string) => string>> = {
  "start-line": (text, side) => {
    const line =
      side === "request" ? "request line (`GET /chat HTTP/1.1`)" : "status line (`HTTP/1.1 101 Switching Protocols`)";
    return text === "" ? `the ${side} has no ${line}` : `${quote(text)} is no ${line}`;
  },
  "header-line": (text, side) => `a line of the ${side} is no header: ${quote(text)}`,
  "blank-before-colon": (text, side) =>
    `in the ${side}, blanks stand between the header name ${quote(text)} and its colon`,
  folded: (text, side) => `a header of the ${side} goes on in a second line, ${quote(text)}`,
  "bare-lf": (text, side) =>
    `${formatCount(Number(text), "line")} of the ${side} ${text === "1" ? "ends" : "end"} with LF alone, not with CR LF`,
  "no-empty-line": (_text, side) => `the ${side} does not end with an empty line`,
};

export const handshakeMalformed: HandshakeRule<{ kind: HeadFaultKind; text: string; side: string }> = {
  id: "handshake-malformed",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement:
    "A handshake is an HTTP/1.1 request and its response: a start line, header lines, an empty line, each ended by CR LF.",
  why: "A WebSocket connection begins as HTTP/1.1. If the first bytes are no request or status line, the other side speaks something else: TLS, HTTP/2, bare frames, or a proxy's error.",
  cause:
    "a head that was put together by hand: `\\n` for `\\r\\n`, a forgotten status line, or no empty line at its end; or a paste, which loses the CRs",
  fix: "begin with the start line, write `Name: value` lines, and end each line with CR LF and the head with an empty one",
  formatMessage: ({ kind, text, side }) => MESSAGES[kind](text, side),
  checkHandshake: ({ request, response }) =>
    [request, response].flatMap((head) => head?.faults.map((fault) => buildFinding(fault, head.kind)) ?? []),
};

function buildFinding({ kind, text, offset, length }: HeadFault, side: string) {
  return { offset, length, detail: { kind, text, side } };
}
