import type { SectionText } from "./topic.js";

/** The explanations of the fields of a frame (RFC 6455 §5.2). */
export const FIELD_TEXTS: Readonly<Record<string, SectionText>> = {
  FIN: {
    about:
      "1 bit, the highest of the first byte (0x80). 1: the last or only frame of its message. Always 1 on control frames. Typical mistake: 0 on a message's only frame, so that the receiver waits forever.",
    section: "RFC 6455 §5.2",
    aliases: ["fragmentation", "fragment"],
  },
  RSV1: {
    about:
      "1 bit of the first byte (0x40). 0, unless an extension defines it. With permessage-deflate, 1 on the first frame of a compressed message. Typical mistake: set on continuation or control frames, or without agreement in the handshake.",
    section: "RFC 6455 §5.2",
  },
  RSV2: {
    about:
      "1 bit of the first byte (0x20). 0: no widely used extension defines it. If it is 1, the reader has usually lost the frame boundary.",
    section: "RFC 6455 §5.2",
  },
  RSV3: {
    about:
      "1 bit of the first byte (0x10). 0: no widely used extension defines it. If it is 1, the reader has usually lost the frame boundary.",
    section: "RFC 6455 §5.2",
  },
  opcode: {
    about:
      "4 bits, the lower half of the first byte: the type of the frame. 0 continuation, 1 text, 2 binary, 8 Close, 9 ping, 10 pong; the others are reserved. The highest of the four bits marks control frames. Typical mistake: 1 or 2 on every fragment, instead of 0 after the first.",
    section: "RFC 6455 §5.2",
  },
  MASK: {
    about:
      "1 bit, the highest of the second byte (0x80). 1: four bytes of Masking-key follow the length, and the payload is masked. Always 1 from a client, always 0 from a server. Typical mistake: reading the bit as part of the length, so that 0x85 becomes 133.",
    section: "RFC 6455 §5.2",
    aliases: ["masking"],
  },
  "Payload length": {
    about:
      "7 bits, the rest of the second byte. 0–125: the length in bytes. 126: the next 2 bytes hold the length. 127: the next 8 bytes hold it. It counts only the payload, not the header or the key, and it counts bytes, not characters.",
    section: "RFC 6455 §5.2",
    aliases: ["126", "127", "length"],
  },
  "Extended payload length": {
    about:
      "2 bytes after 126, or 8 bytes after 127: an unsigned number in network byte order (the highest byte first). Used only if the shorter form does not hold the length: 16 bits from 126, 64 bits from 65536. The highest of the 64 bits is 0. Typical mistakes: little-endian order, or `== 126` instead of `<= 65535`.",
    section: "RFC 6455 §5.2",
  },
  "Masking-key": {
    about:
      "4 bytes after the length and before the payload, present only if MASK is 1. Random, and new for each frame. Typical mistakes: a key of zeros, one key for the whole connection, or counting the key in the length.",
    section: "RFC 6455 §5.3",
  },
  "Payload Data": {
    about:
      "As many bytes as the length says. If masked, byte i is XORed with key byte i mod 4; unmasking is the same operation. i starts at 0 in each frame, even if a frame arrives in several reads. Compressed messages are deflated first and masked afterwards.",
    section: "RFC 6455 §5.2",
  },
};
