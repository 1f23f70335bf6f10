import { switchesProtocols } from "../protocol/handshake.js";
import { headersNamed, listElements } from "../protocol/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeSubprotocol: HandshakeRule<{ chosen: string; count: number; offered: string }> = {
  id: "handshake-subprotocol",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  demand: "The server chooses one of the subprotocols that the client offered, or none.",
  why: "A subprotocol is the application's language. The server chooses one that the client offered, or none; with any other value the client would not understand the first message. Browsers fail the connection too when they offered some and none was chosen.",
  cause: "a server that writes a fixed Sec-WebSocket-Protocol, or sends the client's whole list back",
  remedy: "answer with one name of the client's list as it stands there, or leave the header out",
  sentence: ({ chosen, count, offered }) => {
    if (count > 1) return `the server chooses ${count} subprotocols, ${JSON.stringify(chosen)}; one is the most`;
    const list = offered === "" ? "it offered none" : `it offered ${offered}`;
    return `the server chooses the subprotocol ${JSON.stringify(chosen)}, which the client did not offer: ${list}`;
  },
  checkHandshake({ request, response }) {
    const headers =
      response !== null && switchesProtocols(response) ? headersNamed(response, "Sec-WebSocket-Protocol") : [];
    const chosen = listElements(headers);
    const offered = listElements(headersNamed(request, "Sec-WebSocket-Protocol"));
    const [first] = headers;
    if (first === undefined) return [];
    const detail = { chosen: chosen.join(", "), count: chosen.length, offered: offered.join(", ") };
    if (chosen.length > 1) return [{ ...(headers[1] ?? first).at, detail }];
    if (request === null || offered.includes(chosen[0] ?? "")) return [];
    return [{ ...first.at, detail }];
  },
};
