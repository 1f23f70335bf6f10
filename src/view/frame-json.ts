import { ByteWriter } from "../bytes/byte-writer.js";
import { isoTime } from "../bytes/moment.js";
import { utf8Text } from "../bytes/utf8.js";
import type { Sender } from "../protocol/frame.js";
import { OPCODE } from "../protocol/opcode.js";
import type { OrdinaryFrame } from "../protocol/ordinary-frame.js";
import { isUnsafeJson } from "./records.js";

/*
 * The record of an ordinary frame, written as bytes: a record that goes through JSON.stringify takes five times as long. What
 * is written is the same to the last byte (a property test compares).
 */

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);

const TIME = bytes(',"time":"');
const OFFSET_AFTER_TIME = bytes('","offset":');
const OFFSET = bytes(',"offset":');
const LENGTH = bytes(',"length":');
const HEADER_LENGTH = bytes(',"headerLength":');
const TEXT = bytes(',"fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":1,"opcodeName":"text","masked":');
const BINARY = bytes(',"fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":2,"opcodeName":"binary","masked":');
const MASKED = bytes('true,"maskingKey":"');
const UNMASKED = bytes('false,"maskingKey":null');
const BITS_7 = bytes(',"lengthBits":7,"payloadLength":');
const BITS_16 = bytes(',"lengthBits":16,"payloadLength":');
const PAYLOAD = bytes(',"payload":"');
const UTF8 = bytes('","payloadEncoding":"utf8","complete":true,"violations":[]}\n');
const BASE64 = bytes('","payloadEncoding":"base64","complete":true,"violations":[]}\n');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DEL = 0x7f;
/** The longest escape: `\u001b`. */
const LONGEST_ESCAPE = 6;
const ESCAPES: readonly (Uint8Array | null)[] = Array.from({ length: 256 }, (_, code) => {
  if (code === QUOTE || code === BACKSLASH || code < 0x20)
    return bytes(JSON.stringify(String.fromCharCode(code)).slice(1, -1));
  return code === DEL ? bytes("\\u007f") : null;
});
/** 1 for what stands escaped in a string. */
const ESCAPED = Uint8Array.from(ESCAPES, (written) => (written === null ? 0 : 1));

const OUT = new ByteWriter();

/** The line of an ordinary frame; valid until the next one. `null` for a frame whose payload was not kept, or needs a closer look. */
export function ordinaryFrameJson(frame: OrdinaryFrame): ByteWriter | null {
  const { payloadLength, headerLength } = frame;
  if (payloadLength > frame.keep) return null;
  frame.unmask();
  const text = frame.opcode === OPCODE.text;
  if (text && !frame.ascii && isUnsafeJson(utf8Text(payloadOf(frame)) ?? "\0")) return null;
  OUT.clear();
  OUT.raw(beginOf(frame));
  OUT.number(frame.index);
  const time = frame.at === null ? null : isoTime(frame.at);
  if (time === null) OUT.raw(OFFSET);
  else {
    OUT.raw(TIME);
    OUT.ascii(time);
    OUT.raw(OFFSET_AFTER_TIME);
  }
  OUT.number(frame.offset);
  OUT.raw(LENGTH);
  OUT.number(headerLength + payloadLength);
  OUT.raw(HEADER_LENGTH);
  OUT.number(headerLength);
  OUT.raw(text ? TEXT : BINARY);
  if (frame.masked) {
    OUT.raw(MASKED);
    OUT.hexWord(frame.maskingKey);
    OUT.byte(QUOTE);
  } else OUT.raw(UNMASKED);
  OUT.raw(payloadLength <= 125 ? BITS_7 : BITS_16);
  OUT.number(payloadLength);
  OUT.raw(PAYLOAD);
  if (text) writeEscaped(frame.bytes, frame.start, frame.start + payloadLength);
  else OUT.ascii(Buffer.from(frame.bytes.buffer, frame.start, payloadLength).toString("base64"));
  OUT.raw(text ? UTF8 : BASE64);
  return OUT;
}

/** What the last frame of each sender began with: most begin with the same. */
const begins: Record<Sender, { stream: number; bytes: Uint8Array }> = {
  client: { stream: -1, bytes: bytes("") },
  server: { stream: -1, bytes: bytes("") },
};

function beginOf({ stream, sender }: OrdinaryFrame): Uint8Array {
  if (begins[sender].stream !== stream)
    begins[sender] = { stream, bytes: bytes(`{"type":"frame","stream":${stream},"sender":"${sender}","index":`) };
  return begins[sender].bytes;
}

function payloadOf({ bytes, start, payloadLength }: OrdinaryFrame): Uint8Array {
  return bytes.subarray(start, start + payloadLength);
}

/** Text as it stands between the quotes of JSON. */
function writeEscaped(from: Uint8Array, start: number, end: number): void {
  OUT.reserve((end - start) * LONGEST_ESCAPE);
  const to = OUT.bytes;
  let at = OUT.length;
  for (let i = start; i < end; i++) {
    const byte = from[i] as number;
    if (ESCAPED[byte] === 0) to[at++] = byte;
    else for (const each of ESCAPES[byte] as Uint8Array) to[at++] = each;
  }
  OUT.length = at;
}
