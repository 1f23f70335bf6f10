/** The explanations of the opcodes, by name (RFC 6455 §5.2). */
export const OPCODE_TEXTS: Readonly<Record<string, string>> = {
  continuation:
    "Opcode 0x0: another fragment of the open message. Its type is that of the message's first frame. The last fragment has FIN 1. It is never the first frame of a message, and its RSV1 is 0.",
  text: "Opcode 0x1: starts a text message, which must be UTF-8 as a whole. FIN is 1 if this is the only frame. A receiver that finds other bytes fails the connection with 1007.",
  binary:
    "Opcode 0x2: starts a binary message. Its bytes mean whatever the application defines; the protocol does not check them.",
  close:
    "Opcode 0x8: starts the closing handshake, or answers it. The body is empty, or a 16-bit status code and a reason of up to 123 bytes of UTF-8. After sending a Close, a side sends no more data; a side that receives a Close answers with one. The server closes the TCP connection first.",
  ping: "Opcode 0x9: asks for a pong with the same payload, as a keepalive or to measure a round trip. At most 125 bytes, never fragmented, and allowed between the fragments of a message. JavaScript in a browser cannot send pings; the browser answers the pings it receives by itself.",
  pong: "Opcode 0xA: answers a ping with the ping's payload. If several pings are waiting, answering the latest is enough. A pong without a ping is a heartbeat and gets no answer.",
  reserved:
    "Opcodes 0x3–0x7 are reserved for further data frames, 0xB–0xF for further control frames. They must not be sent, and a receiver fails the connection. They usually mean that the reader has lost the frame boundary: check the length of the previous frame.",
};
