import { HEX_DIGIT_VALUES } from "../../../bytes/hex.js";

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
};

/** Bytes in quotes as Rust's `escape_default` writes them, or in hex without; `null` where it is neither. */
export function parseRustBytes(source: string): Uint8Array | null {
  if (!source.startsWith('"')) {
    return source.length % 2 === 0 && !/[^0-9a-f]/.test(source) ? Buffer.from(source, "hex") : null;
  }
  const end = source.length - 1;
  const bytes = Buffer.allocUnsafe(source.length);
  let count = 0;
  for (let at = 1; at < end; at++) {
    const code = source.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22) return null;
    if (code !== 0x5c) {
      bytes[count++] = code;
      continue;
    }
    const next = source[++at] ?? "";
    const high = HEX_DIGIT_VALUES[source.charCodeAt(at + 1)] ?? -1;
    const low = HEX_DIGIT_VALUES[source.charCodeAt(at + 2)] ?? -1;
    const hex = next === "x" && high >= 0 && low >= 0 ? (high << 4) | low : undefined;
    const value = hex ?? SIMPLE_ESCAPES[next];
    if (value === undefined) return null;
    bytes[count++] = value;
    if (hex !== undefined) at += 2;
    if (at >= end) return null;
  }
  return end > 0 && source[end] === '"' ? bytes.subarray(0, count) : null;
}
