import { excerpt, quote } from "../bytes/safe-text.js";
import { switchesProtocols } from "../protocol/handshake/handshake.js";
import { findHeaders, type HttpHead, isToken, parseListElements } from "../protocol/handshake/http-head.js";
import type { HandshakeRule, RuleFinding } from "./rule.js";

interface SubprotocolDetail {
  readonly [key: string]: string | number | null;
  readonly chosen: string;
  readonly count: number;
  readonly offered: string;
  /** What is wrong with the offer; `null` where the choice is. */
  readonly wrong: string | null;
}

export const handshakeSubprotocol: HandshakeRule<SubprotocolDetail> = {
  id: "handshake-subprotocol",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement:
    "The client offers subprotocols by names that are tokens, each once; the server chooses one of them, or none.",
  why: "A subprotocol is the application's language. The server chooses one that the client offered, or none; with any other value the client would not understand the first message. Browsers fail the connection too when they offered some and none was chosen.",
  cause: "a server that writes a fixed Sec-WebSocket-Protocol, or sends the client's whole list back",
  fix: "answer with one name of the client's list as it stands there, or leave the header out",
  formatMessage: ({ chosen, count, offered, wrong }) => {
    if (wrong !== null) return `the request offers subprotocols wrongly: ${wrong}`;
    if (count > 1) return `the server chooses ${count} subprotocols, ${quote(chosen)}; one is the most`;
    const list = offered === "" ? "it offered none" : `it offered ${excerpt(offered)}`;
    return `the server chooses the subprotocol ${quote(chosen)}, which the client did not offer: ${list}`;
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
    if (chosen.length > 1) return [...wrongly, { ...(headers[1] ?? first).valueSpan, detail }];
    if (request === null || offered.includes(chosen[0] ?? "")) return wrongly;
    return [...wrongly, { ...first.valueSpan, detail }];
  },
};

/** What is wrong with a request's offer (RFC 6455 §4.1): each header is judged by itself. */
function findOfferFaults(request: HttpHead): RuleFinding<SubprotocolDetail>[] {
  const seen = new Set<string>();
  return findHeaders(request, "Sec-WebSocket-Protocol").flatMap((header) => {
    const names = parseListElements([header]);
    const odd = names.find((name) => !isToken(name));
    const twice = names.find((name) => seen.size === seen.add(name).size);
    const wrong =
      names.length === 0
        ? "it names none"
        : odd !== undefined
          ? `${quote(odd)} is no token`
          : twice !== undefined
            ? `${quote(twice)} stands there twice`
            : null;
    const span = header.valueSpan.length === 0 ? header.lineSpan : header.valueSpan;
    return wrong === null ? [] : [{ ...span, detail: { chosen: "", count: 0, offered: "", wrong } }];
  });
}
