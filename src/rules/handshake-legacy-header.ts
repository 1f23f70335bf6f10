import type { HttpHead } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

const LEGACY_HEADER = /^(WebSocket-(Location|Origin|Protocol)|Sec-WebSocket-(Location|Origin|Key1|Key2|Draft))$/i;

export const handshakeLegacyHeader: HandshakeRule<{ name: string; side: string }> = {
  id: "handshake-legacy-header",
  severity: "warning",
  reference: "RFC 6455 §4",
  failCode: null,
  requirement:
    "A handshake should use only the headers of RFC 6455: Sec-WebSocket-Key, -Accept, -Version, -Protocol and -Extensions, and Origin.",
  why: "Other WebSocket headers, such as Sec-WebSocket-Key1 and WebSocket-Location, belong to the drafts of 2009 to 2011, whose frames differ too. RFC 6455 ignores them; a side that sends them is very old or was copied from an old example.",
  cause: "code or an example from before 2011, when drafts (hixie-75, hixie-76, hybi-00 to hybi-10) used other headers",
  fix: "remove the header; Origin belongs only in the request, under that name",
  formatMessage: ({ name, side }) => `the ${side} has ${name}, a header from a draft before RFC 6455`,
  checkHandshake: ({ request, response }) =>
    [request, response].flatMap((head) => (head === null ? [] : findLegacyHeaders(head))),
};

function findLegacyHeaders({ kind, headers }: HttpHead) {
  return headers
    .filter(({ name }) => LEGACY_HEADER.test(name))
    .map(({ name, lineSpan }) => ({ ...lineSpan, head: kind, detail: { name, side: kind } }));
}
