import { decodeLatin1 } from "../../../bytes/latin1.js";
import { quote } from "../../../bytes/safe-text.js";

/** A value of a tnetstring. The items of a list are parsed, and their faults found, only during iteration. */
export type TnetValue =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly items: Iterable<TnetValue> }
  | { readonly kind: "dict"; readonly entries: ReadonlyMap<string, TnetValue> };

/** A fault in a tnetstring, and its offset in the bytes. */
export class TnetFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
/** The limit of mitmproxy. */
const MAX_LENGTH_DIGITS = 12;
/** The longest length prefix of a tnetstring with its colon, in bytes. */
export const MAX_LENGTH_PREFIX_BYTES: number = MAX_LENGTH_DIGITS + 1;
/** A flow has about seven levels. */
const MAX_NESTING_DEPTH = 32;
/** A flow has about thirty keys. */
const MAX_DICT_KEYS = 1000;

/** Where the payload of a tnetstring begins, and how long it is. */
export interface TnetPayloadSpan {
  readonly start: number;
  readonly length: number;
}

/** Parses the length before a tnetstring; `null` if more bytes are needed. Throws `TnetFault`. */
export function parseTnetLength(bytes: Uint8Array, at: number): TnetPayloadSpan | null {
  let length = 0;
  for (let index = at; ; index++) {
    const code = bytes[index];
    if (code === undefined && index - at <= MAX_LENGTH_DIGITS) return null;
    if (code === COLON && index > at) return { start: index + 1, length };
    if (code === undefined || code < ZERO || code > NINE || index - at >= MAX_LENGTH_DIGITS)
      throw new TnetFault("expected a length in decimal digits and a colon", index);
    if (index > at && length === 0) throw new TnetFault("a length starts with a zero", at);
    length = length * 10 + code - ZERO;
  }
}

/** Parses the tnetstring at the start of `bytes[at, end)`; returns it and the index after it. Throws `TnetFault`. */
export function parseTnet(bytes: Uint8Array, at: number, end: number, depth = 0): [value: TnetValue, end: number] {
  const frame = parseTnetLength(bytes.subarray(0, end), at);
  if (frame === null) throw new TnetFault("a length is truncated", end);
  const last = frame.start + frame.length;
  if (last >= end) throw new TnetFault("a length exceeds the value that contains it", at);
  if (depth > MAX_NESTING_DEPTH) throw new TnetFault(`values are nested more than ${MAX_NESTING_DEPTH} deep`, at);
  return [parsePayload(bytes, frame.start, last, depth), last + 1];
}

function parsePayload(bytes: Uint8Array, start: number, end: number, depth: number): TnetValue {
  const type = String.fromCharCode(bytes[end] as number);
  if (type === "," || type === ";") return { kind: "bytes", bytes: bytes.subarray(start, end) };
  if (type === "]") return { kind: "list", items: { [Symbol.iterator]: () => parseItems(bytes, start, end, depth) } };
  if (type === "}") return buildDict(parseItems(bytes, start, end, depth), start);
  const text = end - start > 64 ? "" : decodeLatin1(bytes, start, end);
  if (type === "~" && start === end) return { kind: "null" };
  if (type === "!" && (text === "true" || text === "false")) return { kind: "boolean", value: text === "true" };
  const number = /^-?\d+$/.test(text) || (type === "^" && /^-?[\d.e+-]+$/.test(text)) ? Number(text) : Number.NaN;
  if ((type === "#" || type === "^") && !Number.isNaN(number)) return { kind: "number", number };
  throw new TnetFault(`this is not a value of type ${quote(type)}`, start);
}

function* parseItems(bytes: Uint8Array, start: number, end: number, depth: number): Generator<TnetValue> {
  for (let at = start; at < end; ) {
    const [item, next] = parseTnet(bytes, at, end, depth + 1);
    yield item;
    at = next;
  }
}

function buildDict(items: Iterable<TnetValue>, start: number): TnetValue {
  const entries = new Map<string, TnetValue>();
  let key: string | null = null;
  for (const item of items) {
    if (key !== null) {
      entries.set(key, item);
      key = null;
    } else if (item.kind === "bytes") key = Buffer.from(item.bytes).toString("utf8");
    else throw new TnetFault("a key is not a string", start);
    if (entries.size > MAX_DICT_KEYS) throw new TnetFault(`a dictionary has more than ${MAX_DICT_KEYS} keys`, start);
  }
  if (key !== null) throw new TnetFault("a key has no value", start);
  return { kind: "dict", entries };
}
