import { hexWord } from "../bytes/hex.js";
import { isoTime, type Moment } from "../bytes/packet-timestamp.js";
import type { SafeText } from "../bytes/safe-text.js";
import { lossyUtf8Text, utf8Text } from "../bytes/utf8.js";
import type { EndEvent, FrameEvent } from "../protocol/connection-events.js";
import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { frameLength } from "../protocol/frame/frame.js";
import { opcodeInfo } from "../protocol/frame/opcode.js";
import type { HandshakeEvent } from "../protocol/handshake/handshake.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";
import { completedMessage, type MessageEvent } from "../protocol/message-event.js";
import { describe, type Finding } from "../rules/judge.js";
import { isTextMessage } from "./compression.js";
import { closeCodeOf, isText } from "./describe.js";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** One record, its fields in the order that scripts may rely on. */
export type Record = { readonly [key: string]: Json };

/** A JSON string cannot be much longer in Node than six escapes for each of these bytes; more is marked as left out. */
export const LONGEST_JSON_PAYLOAD: number = 64 * 1024 * 1024;

/** What JSON allows in a string, and a terminal must not get. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const EACH_UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A record as JSON on one line. Controls and formats of its strings stand as `\\u` escapes: the same string to a script. */
export function recordText(record: Record): SafeText {
  const text = JSON.stringify(record);
  return (UNSAFE.test(text) ? text.replace(EACH_UNSAFE, escapedUnits) : text) as SafeText;
}

/** Whether a text has characters that JSON allows, and that stand escaped here. */
export function isUnsafeJson(text: string): boolean {
  return UNSAFE.test(text);
}

function escapedUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** The records of a frame: its own, and that of the message it completes when that came in fragments, or compressed. */
export function frameRecords(event: FrameEvent, findings: readonly Finding[]): Record[] {
  const completed = event.message === null ? null : completedMessage(event);
  const record = frameRecord(event, findings);
  return completed === null ? [record] : [record, messageRecord(completed, [])];
}

function frameRecord(event: FrameEvent, findings: readonly Finding[]): Record {
  const { frame, stream, sender, index, payload, payloadOmitted, closeCode } = event;
  const { offset, headerLength, fin, rsv1, rsv2, rsv3, opcode, masked, lengthBits, complete } = frame;
  return {
    type: "frame",
    stream,
    sender,
    index,
    ...timeField(event.at),
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
    maskingKey: masked && frame.cutHeader === null ? hexWord(frame.maskingKey) : null,
    lengthBits,
    payloadLength: integer(frame.payloadLength),
    ...payloadFields(payload, payloadOmitted, isText(event)),
    ...(closeCode === null ? {} : closeFields(closeCode, payload)),
    complete,
    violations: findings.map(findingRecord),
  };
}

/** The record of a message. */
export function messageRecord(event: MessageEvent, findings: readonly Finding[]): Record {
  const { stream, sender, index, message, subprotocol } = event;
  const { frames, opcode, compressed, wireLength, wirePayloadLength, payloadLength, payload, payloadOmitted } = message;
  const code = closeCodeOf(message);
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
    ...payloadFields(payload, payloadOmitted, isTextMessage(message)),
    ...(subprotocol === null ? {} : { subprotocol }),
    violations: findings.map(findingRecord),
    complete: message.complete && message.inflated !== "limited",
    ...(compressed ? { compressedLength: wirePayloadLength } : {}),
    ...timeField(event.at),
    ...(code === null ? {} : closeFields(code, payload)),
  };
}

/** The record of an opening handshake. */
export function handshakeRecord(event: HandshakeEvent, findings: readonly Finding[]): Record {
  const { stream, request, response, key, accept, expectedAccept, subprotocol, extensions } = event;
  return {
    type: "handshake",
    stream,
    ...timeField(event.at),
    request: request === null ? null : headRecord(request),
    response: response === null ? null : headRecord(response),
    key,
    accept,
    expectedAccept,
    subprotocol,
    extensions: extensions.map(({ name, params }) => ({
      name,
      params: Object.fromEntries(params.map((param) => [param.name, param.value ?? true])),
    })),
    violations: findings.map(findingRecord),
  };
}

/** A head; what does not apply to it, or is not there, is left out. */
function headRecord({ method, target, status, reason, version, headers, cutByGap }: HttpHead): Record {
  const known = Object.entries({ method, target, status, reason, version }).filter(([, value]) => value !== null);
  const cut = cutByGap ? { cut: true } : {};
  return { ...Object.fromEntries(known), headers: headers.map(({ name, value }) => [name, value]), ...cut };
}

/** The record of a sender's end. */
export function endRecord(event: EndEvent, findings: readonly Finding[]): Record {
  const { stream, sender, bytes, frames, messages } = event;
  return { type: "end", stream, sender, bytes, frames, messages, violations: findings.map(findingRecord) };
}

function findingRecord(finding: Finding): Record {
  const { rule, offset, length } = finding;
  const { id, severity, reference, failCode } = rule;
  return { rule: id, severity, reference, failCode, offset, length, message: describe(finding) };
}

function timeField(at: Moment | null): Record {
  const time = at === null ? null : isoTime(at);
  return time === null ? {} : { time };
}

function payloadFields(payload: Uint8Array, omitted: number, text: boolean): Record {
  const asText = text ? utf8Text(payload) : null;
  return {
    payload: asText ?? Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("base64"),
    payloadEncoding: asText === null ? "base64" : "utf8",
    ...(omitted === 0 ? {} : { payloadOmitted: omitted }),
  };
}

function closeFields(code: number, payload: Uint8Array): Record {
  return { closeCode: code, closeName: closeCodeInfo(code).name, closeReason: lossyUtf8Text(payload.subarray(2)) };
}

/** JSON numbers are exact up to 2^53-1; what is larger stands as a string. */
function integer(value: number | bigint): number | string {
  return typeof value === "bigint" ? value.toString() : value;
}
