import { formatHexWord } from "../bytes/hex.js";
import { formatIsoTime, type PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { SafeText } from "../bytes/safe-text.js";
import { decodeUtf8, decodeUtf8Lossy } from "../bytes/utf8.js";
import type { FrameEvent, SenderEndEvent } from "../protocol/connection-events.js";
import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { frameLength } from "../protocol/frame/frame.js";
import { opcodeInfo } from "../protocol/frame/opcode.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import { type Finding, formatFinding } from "../rules/judge.js";
import { isTextMessage } from "./compression.js";
import { isTextPayload, messageCloseCode } from "./describe.js";

type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
/** One record. Scripts may rely on the order of its fields. */
export type JsonRecord = { readonly [key: string]: JsonValue };

/** The most payload bytes in a record: escaped with six characters each, more would exceed the longest string of Node. */
export const MAX_JSON_PAYLOAD_BYTES: number = 64 * 1024 * 1024;

/** Characters that JSON allows in a string, but that are not safe in a terminal. */
const UNSAFE_CHARACTER = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const UNSAFE_CHARACTERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A record as JSON on one line. Unsafe characters become `\\u` escapes, which a JSON parser turns back into the same string. */
export function formatRecord(record: JsonRecord): SafeText {
  const text = JSON.stringify(record);
  return (UNSAFE_CHARACTER.test(text) ? text.replace(UNSAFE_CHARACTERS, escapeUnits) : text) as SafeText;
}

/** Whether a text has characters that JSON allows, but that records escape. */
export function isUnsafeJson(text: string): boolean {
  return UNSAFE_CHARACTER.test(text);
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** The records of a frame: its own, and that of the message it completes if that was fragmented or compressed. */
export function buildFrameRecords(event: FrameEvent, findings: readonly Finding[]): JsonRecord[] {
  const completed = event.message === null ? null : completedMessage(event);
  const record = buildFrameRecord(event, findings);
  return completed === null ? [record] : [record, buildMessageRecord(completed, [])];
}

function buildFrameRecord(event: FrameEvent, findings: readonly Finding[]): JsonRecord {
  const { frame, stream, sender, index, payload, payloadOmitted, closeCode } = event;
  const { offset, headerLength, fin, rsv1, rsv2, rsv3, opcode, masked, lengthBits, complete } = frame;
  return {
    type: "frame",
    stream,
    sender,
    index,
    ...buildTimeField(event.at),
    offset,
    length: frameLength(frame),
    headerLength,
    fin,
    rsv1,
    rsv2,
    rsv3,
    opcode,
    opcodeName: opcodeInfo(opcode).name,
    masked,
    maskingKey: masked && frame.truncatedHeader === null ? formatHexWord(frame.maskingKey) : null,
    lengthBits,
    payloadLength: toJsonInteger(frame.payloadLength),
    ...buildPayloadFields(payload, payloadOmitted, isTextPayload(event)),
    ...(closeCode === null ? {} : buildCloseFields(closeCode, payload)),
    complete,
    findings: findings.map(buildFindingRecord),
  };
}

/** The record of a message. */
export function buildMessageRecord(event: MessageEvent, findings: readonly Finding[]): JsonRecord {
  const { stream, sender, index, message, subprotocol } = event;
  const { frames, opcode, compressed, wireLength, wirePayloadLength, payloadLength, payload, payloadOmitted } = message;
  const code = messageCloseCode(message);
  return {
    type: "message",
    stream,
    sender,
    index,
    frames: [...frames],
    opcode,
    opcodeName: opcodeInfo(opcode).name,
    compressed,
    wireLength,
    payloadLength,
    ...buildPayloadFields(payload, payloadOmitted, isTextMessage(message)),
    ...(subprotocol === null ? {} : { subprotocol }),
    findings: findings.map(buildFindingRecord),
    complete: message.complete && message.inflated !== "limited",
    ...(compressed ? { compressedLength: wirePayloadLength } : {}),
    ...buildTimeField(event.at),
    ...(code === null ? {} : buildCloseFields(code, payload)),
  };
}

/** The record of an opening handshake. */
export function buildHandshakeRecord(event: HandshakeEvent, findings: readonly Finding[]): JsonRecord {
  const { stream, request, response, key, accept, expectedAccept, subprotocol, extensions } = event;
  return {
    type: "handshake",
    stream,
    ...buildTimeField(event.at),
    request: request === null ? null : buildHeadRecord(request),
    response: response === null ? null : buildHeadRecord(response),
    key,
    accept,
    expectedAccept,
    subprotocol,
    extensions: extensions.map(({ name, params }) => ({
      name,
      params: Object.fromEntries(params.map((param) => [param.name, param.value ?? true])),
    })),
    findings: findings.map(buildFindingRecord),
  };
}

/** A head, without the fields that do not apply or are missing. */
function buildHeadRecord({ method, target, status, reason, version, headers, isTruncatedByGap }: HttpHead): JsonRecord {
  const known = Object.entries({ method, target, status, reason, version }).filter(([, value]) => value !== null);
  const cut = isTruncatedByGap ? { cut: true } : {};
  return { ...Object.fromEntries(known), headers: headers.map(({ name, value }) => [name, value]), ...cut };
}

/** The record of the end of a sender's bytes. */
export function buildEndRecord(event: SenderEndEvent, findings: readonly Finding[]): JsonRecord {
  const { stream, sender, bytes, frames, messages } = event;
  return { type: "end", stream, sender, bytes, frames, messages, findings: findings.map(buildFindingRecord) };
}

function buildFindingRecord(finding: Finding): JsonRecord {
  const { rule, offset, length } = finding;
  const { id, severity, reference, failCode } = rule;
  return { rule: id, severity, reference, failCode, offset, length, message: formatFinding(finding) };
}

function buildTimeField(at: PacketTimestamp | null): JsonRecord {
  const time = at === null ? null : formatIsoTime(at);
  return time === null ? {} : { time };
}

function buildPayloadFields(payload: Uint8Array, omitted: number, text: boolean): JsonRecord {
  const asText = text ? decodeUtf8(payload) : null;
  return {
    payload: asText ?? Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("base64"),
    payloadEncoding: asText === null ? "base64" : "utf8",
    ...(omitted === 0 ? {} : { payloadOmitted: omitted }),
  };
}

function buildCloseFields(code: number, payload: Uint8Array): JsonRecord {
  return { closeCode: code, closeName: closeCodeInfo(code).name, closeReason: decodeUtf8Lossy(payload.subarray(2)) };
}

/** JSON numbers are exact up to 2^53-1; larger ones become strings. */
function toJsonInteger(value: number | bigint): number | string {
  return typeof value === "bigint" ? value.toString() : value;
}
