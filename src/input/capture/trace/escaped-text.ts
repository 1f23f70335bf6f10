import { ByteBuilder } from "../../../bytes/byte-builder.js";

/** How a language prints bytes or text in quotes. */
interface EscapeDialect {
  readonly quotes: string;
  /** How many hex digits follow each letter. */
  readonly hexDigits: Readonly<Record<string, number>>;
  /** Whether an escape in hex gives a byte, and everything else is printable ASCII; otherwise it gives a code point. */
  readonly hasBytes: boolean;
}

const RUST_BYTES: EscapeDialect = { quotes: '"', hexDigits: { x: 2 }, hasBytes: true };
const PYTHON_TEXT: EscapeDialect = { quotes: "'\"", hexDigits: { x: 2, u: 4, U: 8 }, hasBytes: false };

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};
const MAX_CODE_POINT = 0x10ffff;

/** The bytes in quotes as Rust's `escape_default` prints them, or in hex without quotes; `null` for anything else. */
export function parseRustBytes(source: string): Uint8Array | null {
  if (source.startsWith('"')) return parseQuoted(source, RUST_BYTES);
  return source.length % 2 === 0 && !/[^0-9a-f]/.test(source) ? Buffer.from(source, "hex") : null;
}

/** The UTF-8 of a text in quotes as Python's `repr` prints it; `null` for anything else, and if it is truncated. */
export function parsePythonText(source: string): Uint8Array | null {
  return parseQuoted(source, PYTHON_TEXT);
}

function parseQuoted(source: string, dialect: EscapeDialect): Uint8Array | null {
  const quote = source.charAt(0);
  const end = source.length - 1;
  if (end < 1 || !dialect.quotes.includes(quote) || source[end] !== quote) return null;
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  for (let at = 1; at < end; ) {
    if (source[at] === quote) return null;
    const point = source.codePointAt(at) as number;
    if (source[at] === "\\") {
      const escaped = parseEscape(source, at, dialect);
      if (escaped === null || escaped.end > end) return null;
      if (dialect.hasBytes) bytes.push(escaped.value);
      else pushCodePoint(bytes, escaped.value);
      at = escaped.end;
    } else if (dialect.hasBytes && (point < 0x20 || point > 0x7e)) {
      return null;
    } else {
      pushCodePoint(bytes, point);
      at += point > 0xffff ? 2 : 1;
    }
  }
  return bytes.take();
}

/** The value of the escape at an index, and the index after it; `null` for an unknown or incomplete one. */
function parseEscape(source: string, at: number, { hexDigits }: EscapeDialect): { value: number; end: number } | null {
  const letter = source.charAt(at + 1);
  const count = hexDigits[letter];
  if (count === undefined) {
    const simple = SIMPLE_ESCAPES[letter];
    return simple === undefined ? null : { value: simple, end: at + 2 };
  }
  const end = at + 2 + count;
  const digits = source.slice(at + 2, end);
  if (digits.length < count || /[^0-9a-f]/.test(digits)) return null;
  const value = Number.parseInt(digits, 16);
  return value > MAX_CODE_POINT ? null : { value, end };
}

function pushCodePoint(bytes: ByteBuilder, point: number): void {
  if (point < 0x80) bytes.push(point);
  else for (const byte of Buffer.from(String.fromCodePoint(point))) bytes.push(byte);
}
