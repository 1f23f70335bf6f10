import type { ByteWriter } from "../bytes/byte-writer.js";
import { isoTime, type Moment } from "../bytes/moment.js";
import { utf8Text } from "../bytes/utf8.js";
import type { Sender } from "../protocol/frame.js";
import { OPCODE, opcodeInfo } from "../protocol/opcode.js";
import type { OrdinaryFrame } from "../protocol/ordinary-frame.js";
import { VIEW, WINDOW } from "../protocol/window.js";
import { hasByte, hasControl } from "./four-bytes.js";
import { isUnsafeJson } from "./records.js";

/*
 * The record of an ordinary frame, written as bytes: a record that goes through JSON.stringify takes ten times as long. What
 * is written is the same to the last byte (a property test compares).
 */

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);

const OFFSET = bytes(',"offset":');
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

/** Longer payloads go the usual way, where they cost no more. */
const LONGEST = 8 * 1024;
/** What a record has besides its payload, at most. */
const LONGEST_REST = 600;

/** Writes the record of an ordinary frame, and a line feed. False, and nothing is written, where that takes a closer look. */
export function writeFrameJson(frame: OrdinaryFrame, out: ByteWriter): boolean {
  const { bytes: window, start, payloadLength } = frame;
  if (payloadLength > Math.min(frame.keep, LONGEST)) return false;
  frame.unmask();
  const end = start + payloadLength;
  const text = frame.opcode === OPCODE.text;
  if (text && !frame.ascii && isUnsafeJson(utf8Text(window.subarray(start, end)) ?? "\0")) return false;
  const shape = shapeOf(frame);
  out.reserve(payloadLength * LONGEST_ESCAPE + LONGEST_REST);
  out.raw(beginOf(frame));
  out.number(frame.index);
  out.raw(frame.at === null ? OFFSET : offsetAfter(frame.at));
  out.number(frame.offset);
  out.raw(shape.beforeKey);
  if (frame.masked) out.hexWord(frame.maskingKey);
  out.raw(shape.beforePayload);
  if (text) writeEscaped(start, end, out);
  else out.ascii(Buffer.from(window.buffer, start, payloadLength).toString("base64"));
  out.raw(text ? UTF8 : BASE64);
  return true;
}

/** What the last record of each sender began with: most begin with the same. */
const begins: Record<Sender, { readonly stream: number; readonly bytes: Uint8Array }> = {
  client: { stream: -1, bytes: bytes("") },
  server: { stream: -1, bytes: bytes("") },
};

function beginOf({ stream, sender }: OrdinaryFrame): Uint8Array {
  if (begins[sender].stream !== stream)
    begins[sender] = { stream, bytes: bytes(`{"type":"frame","stream":${stream},"sender":"${sender}","index":`) };
  return begins[sender].bytes;
}

/** The time of the last frame, as it stands before its offset: the frames of a packet share it. */
let timed: { readonly at: Moment | null; readonly bytes: Uint8Array } = { at: null, bytes: OFFSET };

function offsetAfter(at: Moment): Uint8Array {
  if (timed.at !== at) {
    const time = isoTime(at);
    timed = { at, bytes: time === null ? OFFSET : bytes(`,"time":"${time}","offset":`) };
  }
  return timed.bytes;
}

/** What follows from opcode, mask and length, before the masking key's digits and behind them. */
interface Shape {
  readonly beforeKey: Uint8Array;
  readonly beforePayload: Uint8Array;
}

/** The shapes of short frames, which come again and again: by length, opcode and mask. */
const shapes: Shape[] = [];
const LONGEST_SHORT = 125;

function shapeOf(frame: OrdinaryFrame): Shape {
  const { payloadLength, opcode, masked } = frame;
  if (payloadLength > LONGEST_SHORT) return newShape(frame);
  const key = payloadLength * 4 + opcode * 2 + (masked ? 1 : 0);
  shapes[key] ??= newShape(frame);
  return shapes[key];
}

function newShape({ payloadLength, headerLength, opcode, masked }: OrdinaryFrame): Shape {
  const before = `,"length":${headerLength + payloadLength},"headerLength":${headerLength},"fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":${opcode},"opcodeName":"${opcodeInfo(opcode).name}","masked":${masked},"maskingKey":`;
  const after = `,"lengthBits":${payloadLength <= LONGEST_SHORT ? 7 : 16},"payloadLength":${payloadLength},"payload":"`;
  return {
    beforeKey: bytes(masked ? `${before}"` : `${before}null`),
    beforePayload: bytes(masked ? `"${after}` : after),
  };
}

/** Text of the window as it stands between the quotes of JSON: four bytes at a time where none of them stands escaped. */
function writeEscaped(start: number, end: number, out: ByteWriter): void {
  const { bytes: to, view } = out;
  let at = out.length;
  for (let i = start; i < end; ) {
    const word = i + 4 <= end ? VIEW.getInt32(i) : 0;
    if (!standsEscaped(word)) {
      view.setInt32(at, word);
      at += 4;
      i += 4;
      continue;
    }
    for (const stop = Math.min(end, i + 4); i < stop; i++) {
      const byte = WINDOW[i] as number;
      const written = ESCAPES[byte] as Uint8Array | null;
      if (written === null) to[at++] = byte;
      else {
        to.set(written, at);
        at += written.length;
      }
    }
  }
  out.length = at;
}

/** Whether one of four bytes stands escaped: a control, a quote, a backslash. */
function standsEscaped(word: number): boolean {
  return hasControl(word) || hasByte(word, 0x22222222) || hasByte(word, 0x5c5c5c5c);
}
