import { hexBytes } from "../bytes/hex.js";
import type { FrameEvent } from "../protocol/connection.js";
import { payloadOffset } from "../protocol/frame.js";
import { wireBytes } from "../protocol/frame-encoder.js";
import { OPCODE } from "../protocol/opcode.js";
import { shownOpcode } from "./describe.js";
import { byteGlyph, safe } from "./escape.js";

/** Some payload bytes on one row: as they stand on the wire, unmasked, and as text. */
export interface PayloadRow {
  readonly offset: number;
  readonly length: number;
  /** Hex; equal to `unmasked` in an unmasked frame. */
  readonly wire: string;
  readonly unmasked: string;
  readonly text: string;
}

/** The first rows of a frame's payload, `size` bytes each, at most `most` of them. */
export function payloadRows(event: FrameEvent, size: number, most: number): PayloadRow[] {
  const { frame, payload } = event;
  const shown = payload.subarray(0, size * most);
  const text = rowTexts(shown, isText(event), size);
  return text.map((part, row) => {
    const bytes = shown.subarray(row * size, (row + 1) * size);
    const offset = payloadOffset(frame) + row * size;
    return {
      offset,
      length: bytes.length,
      wire: hexBytes(wireBytes(frame, payload, offset, bytes.length)),
      unmasked: hexBytes(bytes),
      text: part,
    };
  });
}

function isText(event: FrameEvent): boolean {
  const opcode = shownOpcode(event);
  return opcode !== null && opcode !== OPCODE.binary;
}

/** Each row's share of the text: a character stands on the row where it begins. */
function rowTexts(bytes: Uint8Array, text: boolean, size: number): string[] {
  const rows = Array.from({ length: Math.ceil(bytes.length / size) }, () => "");
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] as number;
    const length = text ? characterLength(bytes, at) : 1;
    const row = Math.floor(at / size);
    rows[row] += length === 1 ? byteGlyph(byte) : safe(Buffer.from(bytes.subarray(at, at + length)).toString("utf8"));
    at += length;
  }
  return rows;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of the UTF-8 character at `at`; 1 where there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  const length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length === 1 || at + length > bytes.length) return 1;
  try {
    return decoder.decode(bytes.subarray(at, at + length)).length > 0 ? length : 1;
  } catch {
    return 1;
  }
}
