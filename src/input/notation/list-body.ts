import { ByteBuilder } from "../../bytes/byte-builder.js";
import { HEX_DIGIT_VALUES } from "../../bytes/hex.js";
import { quote } from "../../bytes/safe-text.js";
import { closingQuote } from "./quotes.js";

/** How what stands in a list is written: hex pairs, numbers, or numbers and strings. */
export type BodyKind = "hex" | "numbers" | "binary";

interface Fault {
  readonly index: number;
  readonly message: string;
  readonly hint: string;
}

/** What a list's body says: its bytes and the index after the list's end; or what is wrong with it. */
export type ListBody =
  | { readonly fault: null; readonly bytes: Uint8Array; readonly end: number }
  | { readonly fault: Fault };

/** One item of a list: adds its bytes and gives the index after it, or what is wrong. */
type ReadItem = (text: string, at: number, bytes: ByteBuilder) => number | Fault;

const ITEMS: Readonly<Record<BodyKind, ReadItem>> = {
  hex: readHexPair,
  numbers: readNumber,
  binary: (text, at, bytes) => readString(text, at, bytes) ?? readNumber(text, at, bytes),
};

const BETWEEN = /[\s,;.]*/y;

/** Reads what stands in a list, from `start` to its end. */
export function readListBody(text: string, start: number, closer: RegExp, kind: BodyKind): ListBody {
  const readItem = ITEMS[kind];
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  for (let at = start; ; ) {
    at += matchAt(BETWEEN, text, at)?.[0].length ?? 0;
    const end = matchAt(closer, text, at);
    if (end !== null) return { fault: null, bytes: bytes.take(), end: at + end[0].length };
    if (at >= text.length)
      return { fault: faultOf(at, "the list is not closed", "paste all of it, with its closing bracket") };
    const next = readItem(text, at, bytes);
    if (typeof next !== "number") return { fault: next };
    at = next;
  }
}

/** A number with what languages put before and behind it: an index, a cast, quotes, a type's suffix. */
const NUMBER =
  /(?:(?:"\d+"\s*:|\[\d+\]\s*=>)\s*)?(?:\(\s*(?:signed |unsigned )?\w+\s*\)\s*)?['"]?(?<number>-?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|16#[0-9a-fA-F]+|\d+))(?:_?[iu]8|[uUlL]+)?['"]?/y;

function readNumber(text: string, at: number, bytes: ByteBuilder): number | Fault {
  const match = matchAt(NUMBER, text, at);
  const number = match?.groups?.number;
  if (match === null || number === undefined) {
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    return faultOf(at, `${quote(character)} is no number`, "a list has numbers from -128 to 255, decimal or 0x");
  }
  const value = parsed(number);
  if (value < -128 || value > 255) {
    return faultOf(at, `${number} is no byte`, "a list of bytes has numbers from -128 to 255");
  }
  bytes.push(value & 0xff);
  return at + match[0].length;
}

function parsed(number: string): number {
  if (number.startsWith("-")) return -parsed(number.slice(1));
  return number.startsWith("16#") ? Number.parseInt(number.slice(3), 16) : Number(number);
}

function readString(text: string, at: number, bytes: ByteBuilder): number | null {
  const end = text[at] === '"' ? closingQuote(text, at + 1, '"') : -1;
  if (end < 0) return null;
  const inside = Buffer.from(text.slice(at + 1, end));
  bytes.append(inside, 0, inside.length);
  return end + 1;
}

function readHexPair(text: string, at: number, bytes: ByteBuilder): number | Fault {
  const high = HEX_DIGIT_VALUES[text.charCodeAt(at)] ?? -1;
  const low = HEX_DIGIT_VALUES[text.charCodeAt(at + 1)] ?? -1;
  if (high >= 0 && low >= 0) {
    bytes.push((high << 4) | low);
    return at + 2;
  }
  const bad = high < 0 ? at : at + 1;
  return faultOf(bad, `${quote(text[bad] ?? "")} is no hex digit`, "bytes stand here as pairs of hex digits");
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function faultOf(index: number, message: string, hint: string): Fault {
  return { index, message, hint };
}
