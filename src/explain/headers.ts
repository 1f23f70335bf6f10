import type { SectionText } from "./topic.js";

/** The explanations of the headers of an opening handshake and of the parameters of permessage-deflate. */
export const HEADER_TEXTS: Readonly<Record<string, SectionText>> = {
  Host: {
    about:
      "Sent by the client: the host name of the URL, and the port unless it is 80 for ws or 443 for wss. HTTP/1.1 requires it. If a proxy replaces it with its own name, Origin checks fail.",
    section: "RFC 6455 §4.1",
  },
  Origin: {
    about:
      "Always sent by browsers, optional for other clients: scheme, host name and port of the page that opens the connection. A server compares it with the origins it allows and answers 403 to others. This is the only protection against pages of other sites, because the same-origin policy does not apply to WebSocket. Typical mistakes: no check at all, or a comparison with a Host that a proxy has rewritten.",
    section: "RFC 6455 §10.2",
  },
  Upgrade: {
    about:
      "Sent by both sides: `websocket`, in any letter case. It is a hop-by-hop header, which a proxy removes unless it is configured to forward it.",
    section: "RFC 6455 §4.1, §4.2.2",
  },
  Connection: {
    about:
      "Sent by both sides: a list that contains `upgrade`, in any letter case. Firefox sends `keep-alive, Upgrade`, so a server must look for the token instead of comparing the whole value. Proxies often replace it.",
    section: "RFC 6455 §4.1, §4.2.2",
  },
  "Sec-WebSocket-Key": {
    about:
      "Sent by the client, once: 16 random bytes in base64, 24 characters ending in ==. New for each connection. It is a nonce, not a secret or a password. The server hashes the text as it is, without decoding it.",
    section: "RFC 6455 §11.3.1",
  },
  "Sec-WebSocket-Accept": {
    about:
      "Sent by the server, once: the base64 of the SHA-1 of the key followed by 258EAFA5-E914-47DA-95CA-C5AB0DC85B11, 28 characters. For the key dGhlIHNhbXBsZSBub25jZQ== it is s3pPLMBiTxaQ9kYGzzhZRbK+xOo=. Typical mistakes: decoding the key first, writing the hash in hex, hashing the line end too, or an answer from a cache.",
    section: "RFC 6455 §11.3.3",
  },
  "Sec-WebSocket-Version": {
    about:
      "Sent by the client: 13. A server that does not support it answers 426 (many: 400) and lists the versions it supports in the same header. 7 and 8 are drafts with nearly the same frames.",
    section: "RFC 6455 §11.3.5",
  },
  "Sec-WebSocket-Protocol": {
    about:
      "Sent by the client: the subprotocols it supports, in order of preference. Sent by the server: the one it chose, or no header. Browsers and ws fail the connection if they offered some and the server chose none. Some services put a token here, because browsers cannot set other headers.",
    section: "RFC 6455 §11.3.4",
  },
  "Sec-WebSocket-Extensions": {
    about:
      "Sent by the client: the extensions it offers, with parameters, in order of preference; it may offer one extension several times. Sent by the server: what it accepts, or no header. Typical mistake: a server or proxy that answers with an extension that was not offered.",
    section: "RFC 6455 §11.3.2",
  },
  "permessage-deflate": {
    about:
      "An extension that compresses messages with raw DEFLATE. The sender removes 00 00 ff ff from the end and sets RSV1 on the first frame. Each message may be compressed or not. By default the window is kept from one message to the next, so one lost message spoils all later ones.",
    section: "RFC 7692 §7",
  },
  server_no_context_takeover: {
    about:
      "A parameter without a value. In the offer: the client asks the server to start each message with an empty window. In the answer: the server will do so. A server that accepts the offer must repeat it in its answer. Compresses less, saves memory.",
    section: "RFC 7692 §7.1.1.1",
  },
  client_no_context_takeover: {
    about:
      "A parameter without a value. In the offer: a hint that the client will start each message with an empty window. In the answer: the client must do so, whether it hinted or not. Typical mistake: a client that ignores it, so that the server fails to inflate the second message.",
    section: "RFC 7692 §7.1.1.2",
  },
  server_max_window_bits: {
    about:
      "8 to 15, as a decimal number without leading zeros: the server compresses with a window of at most 2^n bytes. In the offer it is a demand, and the answer must contain it with the same or a smaller number. zlib cannot compress raw DEFLATE with 8.",
    section: "RFC 7692 §7.1.2.1",
  },
  client_max_window_bits: {
    about:
      "8 to 15, or no value in the offer: the client lets the server choose the size of the client's window. Only then may the answer contain it, with a number. Typical mistakes: an answer with it although it was not offered, or an answer without a number.",
    section: "RFC 7692 §7.1.2.2",
  },
};
