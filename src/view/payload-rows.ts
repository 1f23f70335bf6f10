import { splitGraphemes } from "../bytes/graphemes.js";
import { formatHexBytes } from "../bytes/hex.js";
import { escapeText } from "../bytes/safe-text.js";
import { findUtf8RunEnd } from "../bytes/utf8.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { payloadOffset } from "../protocol/frame/frame.js";
import { formatByteGlyph } from "./byte-glyph.js";
import { isTextPayload } from "./describe.js";

/** Some payload bytes on one row: as they were on the wire, unmasked, and as text. */
export interface PayloadRow {
  readonly offset: number;
  readonly length: number;
  /** In hex; equal to `unmasked` in an unmasked frame. */
  readonly wire: string;
  readonly unmasked: string;
  readonly text: string;
}

/** The first rows of a frame's payload, `size` bytes each, at most `most` of them. */
export function buildPayloadRows(event: FrameEvent, size: number, most: number): PayloadRow[] {
  const { frame, payload } = event;
  return buildPlainRows(payload, isTextPayload(event), size, most).map((row) => {
    const offset = payloadOffset(frame) + row.offset;
    return { ...row, offset, wire: formatHexBytes(wireBytes(frame, payload, offset, row.length)) };
  });
}

/** The first rows of bytes that have no place on the wire, such as an inflated payload: offsets count from their own start. */
export function buildPlainRows(payload: Uint8Array, text: boolean, size: number, most: number): PayloadRow[] {
  const shown = payload.subarray(0, size * most);
  return splitRowTexts(shown, text, size).map((part, row) => {
    const bytes = shown.subarray(row * size, (row + 1) * size);
    const unmasked = formatHexBytes(bytes);
    return { offset: row * size, length: bytes.length, wire: unmasked, unmasked, text: part };
  });
}

/** The text of each row: a grapheme is on the row where its first byte is. */
function splitRowTexts(bytes: Uint8Array, text: boolean, size: number): string[] {
  const rows = Array.from({ length: Math.ceil(bytes.length / size) }, () => "");
  const put = (at: number, shown: string): void => {
    rows[Math.floor(at / size)] += shown;
  };
  for (let at = 0; at < bytes.length; ) {
    const end = text ? findUtf8RunEnd(bytes, at) : at;
    const run = Buffer.from(bytes.subarray(at, end)).toString("utf8");
    for (const grapheme of splitGraphemes(run)) {
      put(at, formatGrapheme(grapheme));
      at += Buffer.byteLength(grapheme);
    }
    if (at < bytes.length) put(at, formatByteGlyph(bytes[at++] as number));
  }
  return rows;
}

/** A grapheme as it is shown in a row: ASCII takes one column, controls become control pictures. */
function formatGrapheme(grapheme: string): string {
  return isAscii(grapheme)
    ? Array.from(grapheme, (character) => formatByteGlyph(character.charCodeAt(0))).join("")
    : escapeText(grapheme);
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
