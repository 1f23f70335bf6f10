import type { ByteWriter } from "../bytes/byte-writer.js";
import { type FixedText, fixedText } from "../bytes/fixed-text.js";
import { isoTime, type Moment } from "../bytes/packet-timestamp.js";
import { hasControlOrBackslash, hasQuote } from "../bytes/swar.js";
import { utf8Text } from "../bytes/utf8.js";
import type { OrdinaryFrame } from "../protocol/fast-frame.js";
import type { Sender } from "../protocol/frame/frame.js";
import { OPCODE, opcodeInfo } from "../protocol/frame/opcode.js";
import { isUnsafeJson } from "./records.js";

/*
 * The record of an ordinary frame, written as bytes: a record that goes through JSON.stringify takes ten times as long. What
 * is written is the same to the last byte (a property test compares).
 */

const encoder = new TextEncoder();

const OFFSET = fixedText(',"offset":');
const UTF8 = fixedText('","payloadEncoding":"utf8","complete":true,"violations":[]}\n');
const BASE64 = fixedText('","payloadEncoding":"base64","complete":true,"violations":[]}\n');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DEL = 0x7f;
/** The longest escape: `\u001b`. */
const LONGEST_ESCAPE = 6;
/** How controls stand in JSON. */
const ESCAPES: readonly Uint8Array[] = Array.from({ length: 0x80 }, (_, code) =>
  encoder.encode(code === DEL ? "\\u007f" : JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** Longer payloads go the usual way, where they cost no more. */
const LONGEST = 8 * 1024;
/** What a record has besides its payload, at most. */
const LONGEST_REST = 600;

/** Writes the record of an ordinary frame, and a line feed. False, and nothing is written, where that takes a closer look. */
export function writeFrameJson(frame: OrdinaryFrame, out: ByteWriter): boolean {
  const { start, payloadLength } = frame;
  if (payloadLength > Math.min(frame.keep, LONGEST)) return false;
  const end = start + payloadLength;
  const text = frame.opcode === OPCODE.text;
  if (text && !frame.ascii && isUnsafeJson(utf8Text(frame.bytes.subarray(start, end)) ?? "\0")) return false;
  const shape = shapeOf(frame);
  out.reserve(payloadLength * LONGEST_ESCAPE + LONGEST_REST);
  out.fixed(beginOf(frame));
  out.number(frame.index);
  out.fixed(frame.at === null ? OFFSET : offsetAfter(frame.at));
  out.number(frame.offset);
  out.fixed(shape.beforeKey);
  if (frame.masked) out.hexWord(frame.maskingKey);
  out.fixed(shape.beforePayload);
  if (text) writeEscaped(frame, out);
  else {
    frame.unmask();
    out.ascii(Buffer.from(frame.bytes.buffer, start, payloadLength).toString("base64"));
  }
  out.fixed(text ? UTF8 : BASE64);
  return true;
}

/** What the last record of each sender began with: most begin with the same. */
const begins: Record<Sender, { readonly stream: number; readonly text: FixedText }> = {
  client: { stream: -1, text: fixedText("") },
  server: { stream: -1, text: fixedText("") },
};

function beginOf({ stream, sender }: OrdinaryFrame): FixedText {
  if (begins[sender].stream !== stream)
    begins[sender] = { stream, text: fixedText(`{"type":"frame","stream":${stream},"sender":"${sender}","index":`) };
  return begins[sender].text;
}

/** The time of the last frame, as it stands before its offset: the frames of a packet share it. */
let timed: { readonly at: Moment | null; readonly text: FixedText } = { at: null, text: OFFSET };

function offsetAfter(at: Moment): FixedText {
  if (timed.at !== at) {
    const time = isoTime(at);
    timed = { at, text: time === null ? OFFSET : fixedText(`,"time":"${time}","offset":`) };
  }
  return timed.text;
}

/** What follows from opcode, mask and length, before the masking key's digits and behind them. */
interface Shape {
  readonly beforeKey: FixedText;
  readonly beforePayload: FixedText;
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
    beforeKey: fixedText(masked ? `${before}"` : `${before}null`),
    beforePayload: fixedText(masked ? `"${after}` : after),
  };
}

/** Text as it stands between the quotes of JSON: four bytes at a time where none of them stands escaped. */
function writeEscaped(frame: OrdinaryFrame, out: ByteWriter): void {
  const { payloadLength } = frame;
  const { bytes, view } = out;
  let at = out.length;
  for (let i = 0; i < payloadLength; ) {
    const word = frame.unmaskedWord(i);
    if (i + 4 <= payloadLength && !hasControlOrBackslash(word) && !hasQuote(word)) {
      view.setInt32(at, word);
      at += 4;
      i += 4;
      continue;
    }
    const stop = Math.min(payloadLength, i + 4);
    for (let shift = 24; i < stop; i++, shift -= 8) {
      const byte = (word >>> shift) & 0xff;
      if (byte < 0x20 || byte === DEL) {
        const escaped = ESCAPES[byte] as Uint8Array;
        bytes.set(escaped, at);
        at += escaped.length;
        continue;
      }
      if (byte === QUOTE || byte === BACKSLASH) bytes[at++] = BACKSLASH;
      bytes[at++] = byte;
    }
  }
  out.length = at;
}
