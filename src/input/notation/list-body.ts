import { ByteBuilder } from "../../bytes/byte-builder.js";
import { quote } from "../../bytes/safe-text.js";
import { findHexFault, parseHexPair } from "../hex-pair.js";
import { findClosingQuote } from "./quotes.js";

/** How the items of a list are written: as hex pairs, numbers, or numbers and strings. */
export type ListBodyKind = "hex" | "numbers" | "binary";

interface ListFault {
  readonly index: number;
  readonly message: string;
  readonly hint: string;
}

/** The bytes of a list's body and the index after the list; or its fault. */
export type ListBody =
  | { readonly fault: null; readonly bytes: Uint8Array; readonly end: number }
  | { readonly fault: ListFault };

/** Parses one item of a list: appends its bytes and returns the index after it, or its fault. */
type ItemParser = (text: string, at: number, bytes: ByteBuilder) => number | ListFault;

const ITEM_PARSERS: Readonly<Record<ListBodyKind, ItemParser>> = {
  hex: parseHexItem,
  numbers: parseNumberItem,
  binary: (text, at, bytes) => parseStringItem(text, at, bytes) ?? parseNumberItem(text, at, bytes),
};

const ITEM_SEPARATORS = /[\s,;.]*/y;

/** Parses the items of a list from `start` to its end. */
export function parseListBody(text: string, start: number, closer: RegExp, kind: ListBodyKind): ListBody {
  const readItem = ITEM_PARSERS[kind];
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  for (let at = start; ; ) {
    at += matchAt(ITEM_SEPARATORS, text, at)?.[0].length ?? 0;
    const end = matchAt(closer, text, at);
    if (end !== null) return { fault: null, bytes: bytes.take(), end: at + end[0].length };
    if (at >= text.length)
      return {
        fault: buildFault(
          at,
          "the list is not closed: its bracket is missing",
          "paste the whole list, with its closing bracket",
        ),
      };
    const next = readItem(text, at, bytes);
    if (typeof next !== "number") return { fault: next };
    at = next;
  }
}

/** A number with the index, cast, quotes or type suffix that some languages add. */
const NUMBER_ITEM =
  /(?:(?:"\d+"\s*:|\[\d+\]\s*=>)\s*)?(?:\(\s*(?:signed |unsigned )?\w+\s*\)\s*)?['"]?(?<number>-?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|16#[0-9a-fA-F]+|\d+))(?:_?[iu]8|[uUlL]+)?['"]?/y;

function parseNumberItem(text: string, at: number, bytes: ByteBuilder): number | ListFault {
  const match = matchAt(NUMBER_ITEM, text, at);
  const number = match?.groups?.number;
  if (match === null || number === undefined) {
    const character = String.fromCodePoint(text.codePointAt(at) as number);
    return buildFault(
      at,
      `${quote(character)} is not a number`,
      "write bytes as numbers from -128 to 255, decimal or 0x",
    );
  }
  const value = parseNumber(number);
  if (value < -128 || value > 255) {
    return buildFault(at, `${number} is not a byte`, "write bytes as numbers from -128 to 255");
  }
  bytes.push(value & 0xff);
  return at + match[0].length;
}

function parseNumber(number: string): number {
  if (number.startsWith("-")) return -parseNumber(number.slice(1));
  return number.startsWith("16#") ? Number.parseInt(number.slice(3), 16) : Number(number);
}

function parseStringItem(text: string, at: number, bytes: ByteBuilder): number | null {
  const end = text[at] === '"' ? findClosingQuote(text, at + 1, '"') : -1;
  if (end < 0) return null;
  const inside = Buffer.from(text.slice(at + 1, end));
  bytes.append(inside, 0, inside.length);
  return end + 1;
}

function parseHexItem(text: string, at: number, bytes: ByteBuilder): number | ListFault {
  const byte = parseHexPair(text, at);
  if (byte >= 0) {
    bytes.push(byte);
    return at + 2;
  }
  const bad = findHexFault(text, at);
  return buildFault(bad, `${quote(text[bad] ?? "")} is not a hex digit`, "write two hex digits per byte");
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function buildFault(index: number, message: string, hint: string): ListFault {
  return { index, message, hint };
}
