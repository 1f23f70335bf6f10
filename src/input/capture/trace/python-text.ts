import { ByteBuilder } from "../../../bytes/byte-builder.js";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", "'": "'", '"': '"', n: "\n", r: "\r", t: "\t" };
const HEX_ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The UTF-8 of the text that Python's `repr` of a string stands for; `null` where it is none, or cut. */
export function parsePythonText(source: string): Uint8Array | null {
  const quote = source[0];
  if ((quote !== "'" && quote !== '"') || source.length < 2 || !source.endsWith(quote)) return null;
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  for (let at = 1; at < source.length - 1; at++) {
    const point = source.codePointAt(at) as number;
    if (source[at] === quote) return null;
    if (source[at] !== "\\") {
      pushCodePoint(bytes, point);
      if (point > 0xffff) at++;
      continue;
    }
    const next = source[++at] ?? "";
    const count = HEX_ESCAPE_DIGITS[next];
    if (count === undefined) {
      const simple = SIMPLE_ESCAPES[next];
      if (simple === undefined || at === source.length - 1) return null;
      pushCodePoint(bytes, simple.charCodeAt(0));
      continue;
    }
    const digits = source.slice(at + 1, at + 1 + count);
    const escaped = /^[0-9a-f]+$/.test(digits) && digits.length === count ? Number.parseInt(digits, 16) : 0x110000;
    if (escaped > 0x10ffff || at + count >= source.length - 1) return null;
    pushCodePoint(bytes, escaped);
    at += count;
  }
  return bytes.take();
}

function pushCodePoint(bytes: ByteBuilder, point: number): void {
  if (point < 0x80) bytes.push(point);
  else for (const byte of Buffer.from(String.fromCodePoint(point))) bytes.push(byte);
}
