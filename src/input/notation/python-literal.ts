import { ByteBuilder } from "../../bytes/byte-builder.js";
import { quote } from "../../bytes/safe-text.js";
import { findHexFault, parseHexPair } from "../hex-pair.js";

/** A fault in a literal: its index in the text, what is wrong, and what to do. */
export interface LiteralFault {
  readonly index: number;
  readonly message: string;
  readonly hint: string;
}

/** The bytes of a literal and the index after it; or that the text ends inside it; or its fault. */
export type LiteralResult =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly end: number }
  | { readonly kind: "cut"; readonly fault: LiteralFault }
  | { readonly kind: "fault"; readonly fault: LiteralFault };

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
};

/** Whether the escapes of a literal are decoded, or kept as they are (`rb'…'`). */
export type LiteralKind = "escaped" | "raw";

/**
 * Parses the content of a bytes literal by the lexical rules of Python 3.
 *
 * @param index of the first character after the opening quote
 * @param quote `'`, `"`, `'''` or `"""`
 */
export function parsePythonLiteral(text: string, index: number, quote: string, kind: LiteralKind): LiteralResult {
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  const triple = quote.length === 3;
  let at = index;
  while (at < text.length) {
    if (text.startsWith(quote, at)) return { kind: "bytes", bytes: bytes.take(), end: at + quote.length };
    const code = text.charCodeAt(at);
    if (code === 0x5c) {
      const sequence = kind === "raw" ? parseRawEscape(text, at) : parseEscape(text, at);
      if ("fault" in sequence) return sequence;
      for (const byte of sequence.bytes) bytes.push(byte);
      at = sequence.end;
    } else if ((code === 0x0a || code === 0x0d) && !triple) {
      return buildFault(
        at,
        `the literal is not closed: ${quote} is missing at the end of the line`,
        `close it with ${quote}`,
      );
    } else if (code > 0x7f) {
      return buildFault(at, ...describeForeign(String.fromCodePoint(text.codePointAt(at) as number)));
    } else if (code === 0x0d) {
      // Every kind of line end in source code is one newline.
      bytes.push(0x0a);
      at += text[at + 1] === "\n" ? 2 : 1;
    } else {
      bytes.push(code);
      at++;
    }
  }
  return buildCut(at, `the literal is not closed: ${quote} is missing`, `close it with ${quote}`);
}

function describeForeign(character: string): [message: string, hint: string] {
  if (character === "�") {
    return [
      "bytes were lost here: they were decoded as UTF-8 and replaced by U+FFFD",
      "print the bytes themselves: print(repr(data)) or data.hex()",
    ];
  }
  return [
    `${quote(character)} cannot be in a bytes literal, which is ASCII`,
    "write such bytes as \\x and two hex digits",
  ];
}

type EscapeResult =
  | { readonly bytes: readonly number[]; readonly end: number }
  | Exclude<LiteralResult, { kind: "bytes" }>;

/** In a raw literal a backslash is a plain character, but a quote after it does not close the literal. */
function parseRawEscape(text: string, at: number): EscapeResult {
  const next = text.charCodeAt(at + 1);
  if (Number.isNaN(next))
    return buildCut(at, "the literal is not closed: its quote is missing", "close it with its quote");
  if (next === 0x0d) return { bytes: [0x5c, 0x0a], end: at + (text[at + 2] === "\n" ? 3 : 2) };
  return next > 0x7f ? { bytes: [0x5c], end: at + 1 } : { bytes: [0x5c, next], end: at + 2 };
}

function parseEscape(text: string, at: number): EscapeResult {
  const next = text[at + 1];
  if (next === undefined)
    return buildCut(
      at,
      "an incomplete escape: nothing follows the backslash",
      "complete the escape and close the literal",
    );
  if (next === "x") {
    const byte = parseHexPair(text, at + 2);
    if (byte >= 0) return { bytes: [byte], end: at + 4 };
    const bad = findHexFault(text, at + 2);
    const build = bad < text.length ? buildFault : buildCut;
    return build(
      at,
      `the escape ${text.slice(at, bad)} is incomplete`,
      "write exactly two hex digits after \\x, such as \\x81",
    );
  }
  const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4));
  if (octal !== null) {
    // Python keeps the low eight bits of \400 to \777.
    return { bytes: [Number.parseInt(octal[0], 8) & 0xff], end: at + 1 + octal[0].length };
  }
  if (next === "\n") return { bytes: [], end: at + 2 };
  if (next === "\r" && text[at + 2] === "\n") return { bytes: [], end: at + 3 };
  const simple = SIMPLE_ESCAPES[next];
  // Python keeps an unknown escape unchanged, with its backslash.
  return simple === undefined ? { bytes: [0x5c], end: at + 1 } : { bytes: [simple], end: at + 2 };
}

export function buildFault(index: number, message: string, hint: string): Extract<LiteralResult, { kind: "fault" }> {
  return { kind: "fault", fault: { index, message, hint } };
}

export function buildCut(index: number, message: string, hint: string): Extract<LiteralResult, { kind: "cut" }> {
  return { kind: "cut", fault: { index, message, hint } };
}
