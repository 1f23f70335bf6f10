import type { SectionText } from "./topic.js";

/** What is said of the headers of an opening handshake, and of the parameters of permessage-deflate. */
export const HEADER_TEXTS: Readonly<Record<string, SectionText>> = {
  Host: {
    about:
      "Sent by the client: the name of the URL, and the port unless it is 80 for ws or 443 for wss. HTTP/1.1 demands it. A proxy that puts its own name there makes an Origin check fail.",
    section: "RFC 6455 §4.1",
  },
  Origin: {
    about:
      "Sent by browsers always, by other clients if they like: scheme, name and port of the page that opens the connection. A server compares it with what it allows and answers 403 otherwise; that is the only protection against other sites' pages, because the same-origin policy does not hold for WebSocket. Typical mistakes: no check at all, or a check against a Host that a proxy has rewritten.",
    section: "RFC 6455 §10.2",
  },
  Upgrade: {
    about:
      "Sent by both sides: `websocket`, in any letter case. It is a hop-by-hop header that a proxy removes unless it is told to pass it on.",
    section: "RFC 6455 §4.1, §4.2.2",
  },
  Connection: {
    about:
      "Sent by both sides: a list that contains `upgrade`, in any letter case. Firefox sends `keep-alive, Upgrade`, so a server must look for the token and not compare the whole value. Proxies often replace it.",
    section: "RFC 6455 §4.1, §4.2.2",
  },
  "Sec-WebSocket-Key": {
    about:
      "Sent by the client, once: 16 random bytes in base64, which are 24 characters ending in ==. New for each connection. It is a nonce, no secret and no password. The server hashes it as it stands, without decoding it.",
    section: "RFC 6455 §11.3.1",
  },
  "Sec-WebSocket-Accept": {
    about:
      "Sent by the server, once: base64 of SHA-1 over the key followed by 258EAFA5-E914-47DA-95CA-C5AB0DC85B11, 28 characters. For the key dGhlIHNhbXBsZSBub25jZQ== it is s3pPLMBiTxaQ9kYGzzhZRbK+xOo=. Typical mistakes: the key decoded first, the hash in hex, a line end hashed with it, or an answer from a cache.",
    section: "RFC 6455 §11.3.3",
  },
  "Sec-WebSocket-Version": {
    about:
      "Sent by the client: 13. A server that does not speak it answers 426 (many: 400) with the versions that it speaks in the same header. 7 and 8 are drafts with nearly the same frames.",
    section: "RFC 6455 §11.3.5",
  },
  "Sec-WebSocket-Protocol": {
    about:
      "Sent by the client: the subprotocols that it speaks, in order of preference. By the server: the one that it chose, or no header. Browsers and ws fail the connection when they offered some and none came back. Some services carry a token here, because browsers can set no other header.",
    section: "RFC 6455 §11.3.4",
  },
  "Sec-WebSocket-Extensions": {
    about:
      "Sent by the client: what it offers, with parameters, in order of preference; several offers of one extension are allowed. By the server: what it accepts of that, or no header. Typical mistake: a server or proxy that answers with an extension that was not offered.",
    section: "RFC 6455 §11.3.2",
  },
  "permessage-deflate": {
    about:
      "An extension that compresses messages with raw DEFLATE. The sender removes 00 00 ff ff from the end, and sets RSV1 on the first frame. Each message may be compressed or not. By default the window is kept from message to message, so one lost message spoils those that follow.",
    section: "RFC 7692 §7",
  },
  server_no_context_takeover: {
    about:
      "A parameter without a value. In the offer: the client asks the server to begin each message with an empty window. In the answer: the server will do so. A server that accepts the offer must put it in its answer. Costs compression, saves memory.",
    section: "RFC 7692 §7.1.1.1",
  },
  client_no_context_takeover: {
    about:
      "A parameter without a value. In the offer: a hint that the client will begin each message with an empty window. In the answer: the client must do so, whether it hinted or not. Typical mistake: a client that ignores it, so that the server's inflating fails at the second message.",
    section: "RFC 7692 §7.1.1.2",
  },
  server_max_window_bits: {
    about:
      "8 to 15, as a decimal number without leading zeros: the server compresses with a window of at most 2^n bytes. In the offer it is a demand, and the answer must have it with the same or a smaller number. zlib cannot compress raw DEFLATE with 8.",
    section: "RFC 7692 §7.1.2.1",
  },
  client_max_window_bits: {
    about:
      "8 to 15, or without a value in the offer: the client lets the server choose how large its window is. Only then may the answer have it, with a number. Typical mistake: in the answer to an offer without it, or without a number in the answer.",
    section: "RFC 7692 §7.1.2.2",
  },
};
