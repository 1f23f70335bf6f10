import { findHexFault, parseHexPair } from "../hex-pair.js";

/** The meaning of digits after a backslash: up to three octal digits, or in Lua up to three decimal ones. */
export type NumericEscapes = "octal" | "decimal";

/** The byte or character of an escape, and the index after it; or its fault. */
export type Escape =
  | { readonly kind: "byte"; readonly value: number; readonly end: number }
  | { readonly kind: "character"; readonly value: number; readonly end: number }
  | { readonly kind: "nothing"; readonly end: number }
  | { readonly kind: "fault"; readonly message: string; readonly hint: string };

/** The one-letter escapes of C, JavaScript, Go, Rust, PHP, Perl, Ruby and bash. */
const LETTER_ESCAPES: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
  e: 0x1b,
  E: 0x1b,
  s: 0x20,
};

/** Parses the escape whose backslash is at `at`, in a string that ends at `end`. */
export function parseEscape(text: string, at: number, end: number, numeric: NumericEscapes): Escape {
  const next = at + 1 < end ? text[at + 1] : undefined;
  if (next === undefined)
    return buildFault("an incomplete escape: nothing follows the backslash", "complete the escape");
  if (next === "x") return parseHexEscape(text, at);
  if (next === "u" || next === "U") return parseCodePointEscape(text, at, next === "u" ? 4 : 8);
  if (next >= "0" && next <= "9") return parseNumericEscape(text, at, numeric);
  if (next === "\n" || (next === "\r" && text[at + 2] === "\n")) {
    // A line end after a backslash is a newline in Lua; in other languages it is ignored.
    const after = at + (next === "\n" ? 2 : 3);
    return numeric === "decimal" ? { kind: "byte", value: 0x0a, end: after } : { kind: "nothing", end: after };
  }
  const letter = LETTER_ESCAPES[next];
  if (letter !== undefined) return { kind: "byte", value: letter, end: at + 2 };
  if (/[A-Za-z]/.test(next)) return buildFault(`unknown escape \\${next}`, "write a byte as \\x and two hex digits");
  const code = text.codePointAt(at + 1) as number;
  return { kind: "character", value: code, end: at + 1 + (code > 0xffff ? 2 : 1) };
}

function parseHexEscape(text: string, at: number): Escape {
  const braced = /\\x\{([0-9a-fA-F]{1,6})\}/y;
  braced.lastIndex = at;
  const match = braced.exec(text);
  if (match !== null) return buildCharacter(Number.parseInt(match[1] as string, 16), match[0], at);
  const byte = parseHexPair(text, at + 2);
  if (byte >= 0) return { kind: "byte", value: byte, end: at + 4 };
  return buildFault(
    `the escape ${text.slice(at, findHexFault(text, at + 2))} is incomplete`,
    "write two hex digits after \\x, such as \\x81",
  );
}

function parseCodePointEscape(text: string, at: number, digits: 4 | 8): Escape {
  const pattern =
    digits === 4
      ? /\\u(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4}))/y
      : /\\U(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{8}))/y;
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  if (match === null)
    return buildFault(
      `the escape ${text.slice(at, at + 2)} is incomplete`,
      `write ${digits} hex digits after \\${text[at + 1]}, or up to six in braces`,
    );
  return buildCharacter(Number.parseInt(match[1] ?? (match[2] as string), 16), match[0], at);
}

/** The character of a code point, which Unicode has up to U+10FFFF. */
function buildCharacter(value: number, written: string, at: number): Escape {
  if (value > 0x10ffff)
    return buildFault(
      `${written} is not a character`,
      "the last code point is 10FFFF; write a byte as \\x and two hex digits",
    );
  return { kind: "character", value, end: at + written.length };
}

function parseNumericEscape(text: string, at: number, numeric: NumericEscapes): Escape {
  const digits = (numeric === "octal" ? /^[0-7]{1,3}/ : /^\d{1,3}/).exec(text.slice(at + 1, at + 4))?.[0];
  if (digits === undefined) return buildFault(`unknown escape \\${text[at + 1]}`, "digits after a backslash are octal");
  const value = Number.parseInt(digits, numeric === "octal" ? 8 : 10);
  if (value > 255)
    return buildFault(
      `\\${digits} is not a byte`,
      numeric === "octal" ? "the last octal escape is \\377" : "the last decimal escape is \\255",
    );
  return { kind: "byte", value, end: at + 1 + digits.length };
}

function buildFault(message: string, hint: string): Escape {
  return { kind: "fault", message, hint };
}
