/** What is said of the opcodes, by name (RFC 6455 §5.2). */
export const OPCODE_TEXTS: Readonly<Record<string, string>> = {
  continuation:
    "Opcode 0x0: a further fragment of the message that is open. It has the type of the message's first frame. The last fragment has FIN 1. It is never the first frame of a message, and RSV1 is 0 on it.",
  text: "Opcode 0x1: begins a text message, whose bytes are UTF-8 as a whole. FIN 1 where it is the only frame. A receiver that finds other bytes fails the connection with 1007.",
  binary:
    "Opcode 0x2: begins a binary message. Its bytes are the application's affair; the protocol checks nothing in them.",
  close:
    "Opcode 0x8: begins the closing handshake, or answers it. The body is empty, or a 16-bit status code and then a reason of up to 123 bytes of UTF-8. Who has sent Close sends no more data; who receives one answers with one. The server closes the TCP connection first.",
  ping: "Opcode 0x9: asks for a pong with the same payload, as a keepalive or to measure a round trip. At most 125 bytes, never fragmented, and allowed between the fragments of a message. JavaScript in a browser cannot send one; the browser answers those that come by itself.",
  pong: "Opcode 0xA: answers a ping with its payload. Where several pings wait, the latest may be answered alone. One that answers nothing is a heartbeat, and is not answered.",
  reserved:
    "Opcodes 0x3–0x7 are kept for further data frames, 0xB–0xF for further control frames. Nobody may send them, and a receiver fails the connection. Where one is seen, the reader has usually lost the frame boundary: look at the length of the frame before.",
};
