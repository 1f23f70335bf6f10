import { formatCount, formatNumber } from "../bytes/size.js";
import type { FrameEvent } from "../protocol/connection-events.js";
import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { wireBytes } from "../protocol/frame/encoder.js";
import { fieldSpans, payloadOffset, receivedHeaderLength } from "../protocol/frame/frame.js";
import { OPCODE, opcodeInfo } from "../protocol/frame/opcode.js";
import { decodeSafeText, formatOpcode } from "./describe.js";
import type { Role } from "./theme.js";

/** A field of a frame, as the views show it. */
export interface FieldRow {
  readonly offset: number;
  /** The bytes that contain the field, as they were on the wire. */
  readonly bytes: Uint8Array;
  /** False if the previous row shows the same byte. */
  readonly isNewByte: boolean;
  /** The bits of the field, with `.` for those of other fields: `1... ....`; empty if the field has whole bytes. */
  readonly bits: string;
  /** The name in RFC 6455. */
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
  readonly role: Role;
}

/** The fields of a frame in wire order (RFC 6455 §5.2), including the body of a Close frame (§5.5.1). */
export function buildFieldRows(event: FrameEvent): FieldRow[] {
  const { frame } = event;
  const wire = (offset: number, length: number): Uint8Array => wireBytes(frame, event.payload, offset, length);
  const received = receivedHeaderLength(frame);
  const rows: FieldRow[] = buildFirstByteRows(event, wire(frame.offset, 1));
  if (received >= 2) rows.push(...buildSecondByteRows(event, wire(frame.offset + 1, 1)));
  const { extendedLength, maskingKey } = fieldSpans(frame);
  if (extendedLength.length > 0) {
    const bytes = wire(extendedLength.offset, extendedLength.length);
    const complete = bytes.length === (frame.lengthBits === 16 ? 2 : 8);
    const value = complete ? formatNumber(frame.payloadLength) : "truncated";
    const meaning = `${complete ? "bytes, " : ""}${frame.lengthBits}-bit form`;
    rows.push(buildWholeRow(extendedLength.offset, bytes, "Extended payload length", value, meaning, "length"));
  }
  if (maskingKey.length > 0) {
    const complete = maskingKey.length === 4;
    const value = complete ? "" : "truncated";
    const meaning = complete ? "payload[i] ^ key[i % 4]" : "4 bytes";
    rows.push(
      buildWholeRow(
        maskingKey.offset,
        wire(maskingKey.offset, maskingKey.length),
        "Masking-key",
        value,
        meaning,
        "key",
      ),
    );
  }
  return [...rows, ...buildCloseRows(event, wire)];
}

function buildWholeRow(
  offset: number,
  bytes: Uint8Array,
  name: string,
  value: string,
  meaning: string,
  role: Role,
): FieldRow {
  return { offset, bytes, isNewByte: true, bits: "", name, value, meaning, role };
}

function buildFirstByteRows(event: FrameEvent, bytes: Uint8Array): FieldRow[] {
  const { frame, place } = event;
  const [byte = 0] = bytes;
  const row = (mask: number, name: string, value: string, meaning: string): FieldRow => ({
    offset: frame.offset,
    bytes,
    isNewByte: mask === 0x80,
    bits: formatBits(byte, mask),
    name,
    value,
    meaning,
    role: "opcode",
  });
  const final = place === "control" || place === "reserved-opcode" ? "not fragmented" : "final fragment";
  const reserved = (set: boolean): [string, string] => [set ? "1" : "0", set ? "set for an extension" : "not set"];
  return [
    row(0x80, "FIN", frame.fin ? "1" : "0", frame.fin ? final : "more fragments follow"),
    row(0x40, "RSV1", frame.rsv1 ? "1" : "0", explainRsv1(event)),
    row(0x20, "RSV2", ...reserved(frame.rsv2)),
    row(0x10, "RSV3", ...reserved(frame.rsv3)),
    row(0x0f, "opcode", `0x${frame.opcode.toString(16)}`, explainOpcode(event)),
  ];
}

function explainRsv1({ frame, compressed, place }: FrameEvent): string {
  if (!frame.rsv1) return "not set";
  const begins = place === "whole" || place === "first";
  return compressed && begins ? "compressed (permessage-deflate)" : "set for an extension";
}

function explainOpcode({ frame, place, messageOpcode }: FrameEvent): string {
  const { name, meaning } = opcodeInfo(frame.opcode);
  if (place === "whole") return `${name} message`;
  if (place === "unexpected-continuation") return `${name}, but no message is open`;
  if (frame.opcode === OPCODE.continuation) return `${name} of the ${formatOpcode(messageOpcode ?? 0)} message`;
  return name === "reserved" ? meaning : `${name}, ${meaning}`;
}

/** The sender that the MASK bit implies is left out if it is not the one that sent the frame. */
function explainMask({ frame: { masked }, sender, senderKnown }: FrameEvent): string {
  const implied = masked ? "client" : "server";
  const name = masked ? "masked" : "unmasked";
  return senderKnown && sender !== implied ? name : `${name} (${implied})`;
}

function buildSecondByteRows(event: FrameEvent, bytes: Uint8Array): FieldRow[] {
  const { frame } = event;
  const [byte = 0] = bytes;
  const short = byte & 0x7f;
  const form =
    frame.lengthBits === 7
      ? `${short === 1 ? "byte" : "bytes"}, 7-bit form`
      : `in the next ${frame.lengthBits / 8} bytes`;
  const common = { offset: frame.offset + 1, bytes, role: "length" } as const;
  return [
    {
      ...common,
      isNewByte: true,
      bits: formatBits(byte, 0x80),
      name: "MASK",
      value: frame.masked ? "1" : "0",
      meaning: explainMask(event),
    },
    {
      ...common,
      isNewByte: false,
      bits: formatBits(byte, 0x7f),
      name: "Payload length",
      value: String(short),
      meaning: form,
    },
  ];
}

function buildCloseRows(
  { frame, payload, closeCode }: FrameEvent,
  wire: (offset: number, length: number) => Uint8Array,
): FieldRow[] {
  if (closeCode === null) return [];
  const { name, meaning } = closeCodeInfo(closeCode);
  const at = payloadOffset(frame);
  const code = buildWholeRow(at, wire(at, 2), "Status code", String(closeCode), `${name}: ${meaning}`, "payload");
  const reason = payload.subarray(2);
  if (reason.length === 0) return [code];
  const value = `"${decodeSafeText(reason)}${payload.length < frame.payloadReceived ? "…" : ""}"`;
  return [
    code,
    buildWholeRow(
      at + 2,
      wire(at + 2, reason.length),
      "Reason",
      value,
      formatCount(frame.payloadReceived - 2, "byte"),
      "payload",
    ),
  ];
}

/** The bits of a byte in two groups of four, with dots for the bits that are not in `mask`. */
function formatBits(byte: number, mask: number): string {
  let picture = "";
  for (let bit = 7; bit >= 0; bit--) {
    picture += (mask >> bit) & 1 ? String((byte >> bit) & 1) : ".";
    if (bit === 4) picture += " ";
  }
  return picture;
}
