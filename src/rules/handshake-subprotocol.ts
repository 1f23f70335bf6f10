import { excerpt, quote } from "../bytes/safe-text.js";
import { switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders, type HttpHead, parseListElements } from "../protocol/handshake/http-head.js";
import { isToken } from "../protocol/handshake/http-syntax.js";
import type { HandshakeFinding, HandshakeRule } from "./rule.js";

interface SubprotocolDetail {
  readonly [key: string]: string | number | null;
  readonly chosen: string;
  readonly count: number;
  readonly offered: string;
  /** The fault in the offer; `null` if the fault is in the choice. */
  readonly wrong: string | null;
}

export const handshakeSubprotocol: HandshakeRule<SubprotocolDetail> = {
  id: "handshake-subprotocol",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement:
    "The client must offer each subprotocol once, by a name that is a token; the server must choose one of them or none.",
  why: "A subprotocol is the application's own protocol. If the server chooses one that the client did not offer, the client cannot understand the first message. Browsers also fail the connection if they offered some and the server chose none.",
  cause: "a server that always sends the same Sec-WebSocket-Protocol, or sends the client's whole list back",
  fix: "answer with one name from the client's list, exactly as written there, or leave the header out",
  formatMessage: ({ chosen, count, offered, wrong }) => {
    if (wrong !== null) return `the subprotocol offer in the request is invalid: ${wrong}`;
    if (count > 1) return `the server chose ${count} subprotocols, ${quote(chosen)}; only one is allowed`;
    const list = offered === "" ? "it offered none" : `it offered ${excerpt(offered)}`;
    return `the server chose the subprotocol ${quote(chosen)}, which the client did not offer (${list})`;
  },
  checkHandshake({ request, response }) {
    const headers =
      response !== null && switchesProtocols(response) ? findHeaders(response, "Sec-WebSocket-Protocol") : [];
    const chosen = parseListElements(headers);
    const offered = parseListElements(findHeaders(request, "Sec-WebSocket-Protocol"));
    const [first] = headers;
    const wrongly = request === null ? [] : findOfferFaults(request);
    if (first === undefined) return wrongly;
    const detail = { chosen: chosen.join(", "), count: chosen.length, offered: offered.join(", "), wrong: null };
    if (chosen.length > 1) return [...wrongly, { ...(headers[1] ?? first).valueSpan, head: "response", detail }];
    if (request === null || offered.includes(chosen[0] ?? "")) return wrongly;
    return [...wrongly, { ...first.valueSpan, head: "response", detail }];
  },
};

/** The faults in a request's offer (RFC 6455 §4.1), at most one for each header. */
function findOfferFaults(request: HttpHead): HandshakeFinding<SubprotocolDetail>[] {
  const seen = new Set<string>();
  return findHeaders(request, "Sec-WebSocket-Protocol").flatMap((header) => {
    const names = parseListElements([header]);
    const odd = names.find((name) => !isToken(name));
    const twice = names.find((name) => seen.size === seen.add(name).size);
    const wrong =
      names.length === 0
        ? "it lists no name"
        : odd !== undefined
          ? `${quote(odd)} is not a token`
          : twice !== undefined
            ? `${quote(twice)} is listed twice`
            : null;
    const span = header.valueSpan.length === 0 ? header.lineSpan : header.valueSpan;
    return wrong === null ? [] : [{ ...span, head: "request", detail: { chosen: "", count: 0, offered: "", wrong } }];
  });
}
