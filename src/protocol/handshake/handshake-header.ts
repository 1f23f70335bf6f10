/** A header of an opening handshake. */
export interface HandshakeHeaderInfo {
  readonly name: string;
  /** Its meaning in a request and in a response, as a phrase; `null` if it is not allowed there. */
  readonly inRequest: string | null;
  readonly inResponse: string | null;
  readonly section: string;
}

/** The headers of RFC 6455 §4.1 and §4.2.2, in the order in which they are explained. */
export const HANDSHAKE_HEADERS: readonly HandshakeHeaderInfo[] = [
  { name: "Host", inRequest: "the server name and port", inResponse: null, section: "RFC 6455 §4.1" },
  { name: "Origin", inRequest: "the origin of the page, from a browser", inResponse: null, section: "RFC 6455 §4.1" },
  {
    name: "Upgrade",
    inRequest: "asks for WebSocket",
    inResponse: "switches to WebSocket",
    section: "RFC 6455 §4.1, §4.2.2",
  },
  {
    name: "Connection",
    inRequest: "Upgrade applies to this hop",
    inResponse: "Upgrade applies to this hop",
    section: "RFC 6455 §4.1, §4.2.2",
  },
  { name: "Sec-WebSocket-Key", inRequest: "16 random bytes in base64", inResponse: null, section: "RFC 6455 §4.1" },
  { name: "Sec-WebSocket-Accept", inRequest: null, inResponse: "answers the key", section: "RFC 6455 §4.2.2" },
  {
    name: "Sec-WebSocket-Version",
    inRequest: "the protocol's version; 13 is RFC 6455",
    inResponse: "the versions that the server supports",
    section: "RFC 6455 §4.1, §4.4",
  },
  {
    name: "Sec-WebSocket-Protocol",
    inRequest: "subprotocols that the client offers",
    inResponse: "the subprotocol that the server chose",
    section: "RFC 6455 §1.9",
  },
  {
    name: "Sec-WebSocket-Extensions",
    inRequest: "extensions that the client offers",
    inResponse: "extensions that the server agreed to",
    section: "RFC 6455 §9.1",
  },
];

/** The entry for a header name, ignoring case; `undefined` for a header that is not part of the handshake. */
export function findHandshakeHeader(name: string): HandshakeHeaderInfo | undefined {
  return HANDSHAKE_HEADERS.find((header) => header.name.toLowerCase() === name.toLowerCase());
}
