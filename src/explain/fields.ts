import type { SectionText } from "./topic.js";

/** What is said of the fields of a frame (RFC 6455 §5.2). */
export const FIELD_TEXTS: Readonly<Record<string, SectionText>> = {
  FIN: {
    about:
      "1 bit, the highest of the first byte (0x80). 1: the last or only frame of its message. Control frames have 1 always. Typical mistake: 0 on a message's only frame, so that the receiver waits for ever.",
    section: "RFC 6455 §5.2",
  },
  RSV1: {
    about:
      "1 bit of the first byte (0x40). 0, unless an extension gives it a meaning. With permessage-deflate, 1 on the first frame of a compressed message. Typical mistake: set on continuations or control frames, or without the handshake's consent.",
    section: "RFC 6455 §5.2",
  },
  RSV2: {
    about:
      "1 bit of the first byte (0x20). 0: no extension in wide use has a meaning for it. Where it is 1, the reader has usually lost the frame boundary.",
    section: "RFC 6455 §5.2",
  },
  RSV3: {
    about:
      "1 bit of the first byte (0x10). 0: no extension in wide use has a meaning for it. Where it is 1, the reader has usually lost the frame boundary.",
    section: "RFC 6455 §5.2",
  },
  opcode: {
    about:
      "4 bits, the lower half of the first byte: what the frame is. 0 continuation, 1 text, 2 binary, 8 Close, 9 ping, 10 pong; the others are reserved. The highest of the four says control frame. Typical mistake: 1 or 2 on each fragment, in place of 0 after the first.",
    section: "RFC 6455 §5.2",
  },
  MASK: {
    about:
      "1 bit, the highest of the second byte (0x80). 1: four bytes of Masking-key follow the length, and the payload is masked. A client's frames have 1 always, a server's 0. Typical mistake: the bit read as part of the length, so that 0x85 becomes 133.",
    section: "RFC 6455 §5.2",
  },
  "Payload length": {
    about:
      "7 bits, the rest of the second byte. 0–125: the length in bytes. 126: the next 2 bytes hold it. 127: the next 8 bytes hold it. It counts the payload only, not the header or the key, and bytes, not characters.",
    section: "RFC 6455 §5.2",
  },
  "Extended payload length": {
    about:
      "2 bytes after 126, or 8 bytes after 127, unsigned, in network byte order (the highest byte first). Used only where the shorter form does not hold the length: 16 bits from 126, 64 bits from 65536. The highest of the 64 bits is 0. Typical mistakes: little-endian, or `== 126` where `<= 65535` is meant.",
    section: "RFC 6455 §5.2",
  },
  "Masking-key": {
    about:
      "4 bytes, there only where MASK is 1, after the length and before the payload. Random, and fresh for each frame. Typical mistakes: a key of zeros, one key for the whole connection, or the key counted into the length.",
    section: "RFC 6455 §5.3",
  },
  "Payload Data": {
    about:
      "As many bytes as the length says. Masked, byte i is XORed with key byte i mod 4; unmasking is the same again. i counts from 0 in each frame, also when a frame comes in several reads. Compressed messages are deflated before they are masked.",
    section: "RFC 6455 §5.2",
  },
};
