import type { ByteWriter } from "../bytes/byte-writer.js";
import { encodeFixedText, type FixedText } from "../bytes/fixed-text.js";
import { formatIsoTime, type PacketTimestamp } from "../bytes/packet-timestamp.js";
import { hasControlOrBackslash, hasQuote } from "../bytes/swar.js";
import { decodeUtf8 } from "../bytes/utf8.js";
import type { FastFrame } from "../protocol/fast-frame.js";
import type { Sender } from "../protocol/frame/frame.js";
import { OPCODE, opcodeInfo } from "../protocol/frame/opcode.js";
import { isUnsafeJson } from "./records.js";

/*
 * Writes the record of an ordinary frame as bytes, ten times as fast as JSON.stringify. The output is identical to that of
 * the slow path, byte for byte (a property test compares them).
 */

const encoder = new TextEncoder();

const OFFSET_KEY = encodeFixedText(',"offset":');
const UTF8_RECORD_END = encodeFixedText('","payloadEncoding":"utf8","complete":true,"findings":[]}\n');
const BASE64_RECORD_END = encodeFixedText('","payloadEncoding":"base64","complete":true,"findings":[]}\n');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DEL = 0x7f;
/** The longest escape: `\u001b`. */
const MAX_ESCAPE_BYTES = 6;
/** The JSON escapes of the ASCII characters, by code. */
const JSON_ESCAPES: readonly Uint8Array[] = Array.from({ length: 0x80 }, (_, code) =>
  encoder.encode(code === DEL ? "\\u007f" : JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** The longest payload for the fast path; for longer ones the usual path is as fast. */
const MAX_FAST_PAYLOAD_BYTES = 8 * 1024;
/** The most bytes of a record besides its payload. */
const MAX_OVERHEAD_BYTES = 600;

/** Writes the record of an ordinary frame and a line feed. Returns false, and writes nothing, if the record needs the slow path. */
export function writeFrameJson(frame: FastFrame, out: ByteWriter): boolean {
  const { payloadStart, payloadLength } = frame;
  if (payloadLength > Math.min(frame.keep, MAX_FAST_PAYLOAD_BYTES)) return false;
  const end = payloadStart + payloadLength;
  const text = frame.opcode === OPCODE.text;
  if (text && !frame.isAscii && isUnsafeJson(decodeUtf8(frame.bytes.subarray(payloadStart, end)) ?? "\0")) return false;
  const shape = getShape(frame);
  out.reserve(payloadLength * MAX_ESCAPE_BYTES + MAX_OVERHEAD_BYTES);
  out.writeFixed(encodeRecordStart(frame));
  out.writeNumber(frame.index);
  out.writeFixed(frame.at === null ? OFFSET_KEY : encodeTime(frame.at));
  out.writeNumber(frame.offset);
  out.writeFixed(shape.beforeKey);
  if (frame.masked) out.writeHexWord(frame.maskingKey);
  out.writeFixed(shape.beforePayload);
  if (text) writeEscaped(frame, out);
  else {
    frame.unmask();
    out.writeAscii(Buffer.from(frame.bytes.buffer, payloadStart, payloadLength).toString("base64"));
  }
  out.writeFixed(text ? UTF8_RECORD_END : BASE64_RECORD_END);
  return true;
}

/** The start of the last record of each sender; most records start the same way. */
const recordStarts: Record<Sender, { readonly stream: number; readonly text: FixedText }> = {
  client: { stream: -1, text: encodeFixedText("") },
  server: { stream: -1, text: encodeFixedText("") },
};

function encodeRecordStart({ stream, sender }: FastFrame): FixedText {
  if (recordStarts[sender].stream !== stream)
    recordStarts[sender] = {
      stream,
      text: encodeFixedText(`{"type":"frame","stream":${stream},"sender":"${sender}","index":`),
    };
  return recordStarts[sender].text;
}

/** The time of the last frame, with the key of the offset after it; the frames of a packet share it. */
let lastTime: { readonly at: PacketTimestamp | null; readonly text: FixedText } = { at: null, text: OFFSET_KEY };

function encodeTime(at: PacketTimestamp): FixedText {
  if (lastTime.at !== at) {
    const time = formatIsoTime(at);
    lastTime = { at, text: time === null ? OFFSET_KEY : encodeFixedText(`,"time":"${time}","offset":`) };
  }
  return lastTime.text;
}

/** The parts of a record that depend only on opcode, mask and length: before the masking key and after it. */
interface RecordShape {
  readonly beforeKey: FixedText;
  readonly beforePayload: FixedText;
}

/** The shapes of short frames, cached by length, opcode and mask because they repeat. */
const shapes: RecordShape[] = [];
const MAX_SHORT_PAYLOAD_BYTES = 125;

function getShape(frame: FastFrame): RecordShape {
  const { payloadLength, opcode, masked } = frame;
  if (payloadLength > MAX_SHORT_PAYLOAD_BYTES) return createShape(frame);
  const key = payloadLength * 4 + opcode * 2 + (masked ? 1 : 0);
  shapes[key] ??= createShape(frame);
  return shapes[key];
}

function createShape({ payloadLength, headerLength, opcode, masked }: FastFrame): RecordShape {
  const before = `,"length":${headerLength + payloadLength},"headerLength":${headerLength},"fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":${opcode},"opcodeName":"${opcodeInfo(opcode).name}","masked":${masked},"maskingKey":`;
  const after = `,"lengthBits":${payloadLength <= MAX_SHORT_PAYLOAD_BYTES ? 7 : 16},"payloadLength":${payloadLength},"payload":"`;
  return {
    beforeKey: encodeFixedText(masked ? `${before}"` : `${before}null`),
    beforePayload: encodeFixedText(masked ? `"${after}` : after),
  };
}

/** Writes text for a JSON string, four bytes at a time where none of them needs an escape. */
function writeEscaped(frame: FastFrame, out: ByteWriter): void {
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
        const escaped = JSON_ESCAPES[byte] as Uint8Array;
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
