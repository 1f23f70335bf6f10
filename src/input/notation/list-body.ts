import { HEX_VALUE } from "../../bytes/hex.js";

/** How what stands in a list is written: hex pairs, numbers, or numbers and strings. */
export type BodyKind = "hex" | "numbers" | "binary";

/** What a list's body says: its bytes and the index after the list's end; or what is wrong with it. */
export type ListBody =
  | { readonly fault: null; readonly bytes: Uint8Array; readonly end: number }
  | { readonly fault: { readonly index: number; readonly message: string; readonly hint: string } };

/** A number with what languages put before and behind it: an index, a cast, quotes, a type's suffix. */
const NUMBER =
  /(?:(?:"\d+"\s*:|\[\d+\]\s*=>)\s*)?(?:\(\s*(?:signed |unsigned )?\w+\s*\)\s*)?['"]?(?<number>-?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|16#[0-9a-fA-F]+|\d+))(?:_?[iu]8|[uUlL]+)?['"]?/y;
const STRING = /"(?<string>(?:[^"\\]|\\.)*)"/y;
const BETWEEN = /(?:\s|[,;.])*/y;

/** Reads what stands in a list, from `start` to its end. */
export function readListBody(text: string, start: number, closer: RegExp, kind: BodyKind): ListBody {
  return kind === "hex" ? readHexBody(text, start, closer) : readNumbers(text, start, closer, kind === "binary");
}

function readNumbers(text: string, start: number, closer: RegExp, strings: boolean): ListBody {
  const bytes: number[] = [];
  let at = start;
  for (;;) {
    at += matchAt(BETWEEN, text, at)?.[0].length ?? 0;
    const end = matchAt(closer, text, at);
    if (end !== null) return { fault: null, bytes: Uint8Array.from(bytes), end: at + end[0].length };
    if (at >= text.length) return fault(at, "the list is not closed", "paste all of it, with its closing bracket");
    const string = strings ? matchAt(STRING, text, at) : null;
    if (string !== null) {
      for (const byte of Buffer.from(string.groups?.string ?? "")) bytes.push(byte);
      at += string[0].length;
      continue;
    }
    const number = matchAt(NUMBER, text, at);
    if (number === null) {
      const character = String.fromCodePoint(text.codePointAt(at) as number);
      return fault(
        at,
        `${JSON.stringify(character)} is no number`,
        "a list has numbers from -128 to 255, decimal or 0x",
      );
    }
    const value = numberOf(number.groups?.number as string);
    if (value < -128 || value > 255) {
      return fault(at, `${number.groups?.number} is no byte`, "a list of bytes has numbers from -128 to 255");
    }
    bytes.push(value);
    at += number[0].length;
  }
}

function numberOf(number: string): number {
  if (number.startsWith("-")) return -numberOf(number.slice(1));
  return number.startsWith("16#") ? Number.parseInt(number.slice(3), 16) : Number(number);
}

function readHexBody(text: string, start: number, closer: RegExp): ListBody {
  const bytes: number[] = [];
  let at = start;
  for (;;) {
    at += matchAt(BETWEEN, text, at)?.[0].length ?? 0;
    const end = matchAt(closer, text, at);
    if (end !== null) return { fault: null, bytes: Uint8Array.from(bytes), end: at + end[0].length };
    if (at >= text.length) return fault(at, "the list is not closed", "paste all of it, with its closing bracket");
    const high = HEX_VALUE[text.charCodeAt(at)] ?? -1;
    const low = HEX_VALUE[text.charCodeAt(at + 1)] ?? -1;
    const bad = high < 0 ? at : at + 1;
    if (high < 0 || low < 0)
      return fault(
        bad,
        `${JSON.stringify(text[bad] ?? "")} is no hex digit`,
        "bytes stand here as pairs of hex digits",
      );
    bytes.push((high << 4) | low);
    at += 2;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function fault(index: number, message: string, hint: string): ListBody {
  return { fault: { index, message, hint } };
}
