import { isUtf8 } from "node:buffer";
import { ByteBuilder } from "../../bytes/byte-builder.js";
import { decodeLatin1 } from "../../bytes/latin1.js";
import { InputError } from "../input-error.js";
import { isCommentedHex } from "./commented-hex.js";
import { hasLostData, refuseLostData } from "./lost-data.js";
import type { Fit, FrameCheck, Notation, Sample } from "./notation.js";
import { findClosingQuote, hasQuotedString, isSingleString } from "./quotes.js";
import { type NumericEscapes, parseEscape } from "./string-escapes.js";
import { buildTextError, createWholeTextReader, type WholeText } from "./whole-text.js";

/** Escaped strings, in the languages that print them. */
export const string: Notation = {
  name: "string",
  reads: "escaped strings of C, Go, JS, Ruby, Lua, bash $'…' …; percent-encoding",
  probe,
  open: (out, isFrames) => createWholeTextReader("a string", (whole) => parseStrings(whole, out, isFrames)),
};

const ESCAPE_SEQUENCE = /\\(?:x[0-9a-fA-F]{2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|u\{|\d{3})/;
/** Raw bytes between quotes: Lua's %q, and PHP's var_dump, which prints their number. */
const RAW_QUOTED = /^\s*(?:string\((?<count>\d+)\) )?"/;

/** The start line of an HTTP head, with its line end written out. */
const ESCAPED_HEAD = /^(?:[A-Z]+ \S+ HTTP\/\d\.\d|HTTP\/\d\.\d \d{3}[^\\\r\n]*)\\r\\n/;

function probe({ text, bytes, isWhole }: Sample): Fit | null {
  if (text === null) {
    // No credible frame begins with a quote: 0x22 would be RSV2.
    return isWhole && isRawQuoted(decodeLatin1(bytes)) ? { fit: "sure", why: "raw bytes between quotes" } : null;
  }
  if (isCommentedHex(text)) return null;
  const begins = text.trimStart();
  if (ESCAPE_SEQUENCE.test(text) && (hasQuotedString(text) || /^[\\"']/.test(begins)))
    return { fit: "sure", why: "escapes in a string" };
  if (ESCAPED_HEAD.test(begins)) return { fit: "sure", why: "an HTTP head with escaped line ends" };
  if (/^[\w.~*'()+/!,;:@&=$%-]+\s*$/.test(begins) && /%[0-9a-fA-F]{2}/.test(begins)) {
    return { fit: "sure", why: "percent-encoded bytes" };
  }
  if (hasLostData(text)) return null;
  return isSingleString(begins) && /[^ -~\s]|\\/.test(begins)
    ? { fit: "natural", why: "a string with characters beyond ASCII" }
    : null;
}

function isRawQuoted(text: string): boolean {
  const [opening] = RAW_QUOTED.exec(text) ?? [];
  const inside = text.trimEnd();
  return opening !== undefined && inside.length > opening.length && inside.endsWith('"');
}

/** How unescaped characters beyond ASCII become bytes: as UTF-8, or as the byte of the same number. */
type CharacterEncoding = "utf8" | "latin1";

interface Dialect {
  readonly numeric: NumericEscapes;
  readonly characters: CharacterEncoding;
}

function parseStrings(whole: WholeText, out: (bytes: Uint8Array) => void, isFrames: FrameCheck): void {
  const latin1 = isUtf8(whole.bytes) ? "" : decodeLatin1(whole.bytes);
  if (isRawQuoted(latin1)) {
    out(parseRawQuoted(latin1));
    return;
  }
  const { text } = whole;
  refuseLostData(text);
  const lost = text.indexOf("\ufffd");
  if (lost >= 0)
    throw buildTextError(
      text,
      lost,
      "bytes were lost here: they were decoded as UTF-8 and replaced by U+FFFD",
      "print the bytes before they are decoded as text",
    );
  out(decodeStrings(text, isFrames));
}

/** The content of a string, as indexes of the text. */
interface StringInside {
  readonly start: number;
  readonly end: number;
  readonly isPercentEncoded: boolean;
  /** Whether it is in a trace of system calls. */
  readonly isTraced: boolean;
}

/** The strings of a text in order: the buffers of traced system calls, else the quoted strings, else the whole text. */
function* findStrings(text: string): Generator<StringInside> {
  const start = text.length - text.trimStart().length;
  const all = { start, end: text.trimEnd().length, isPercentEncoded: false, isTraced: false };
  if (!/[\\"']/.test(text) && text.includes("%")) {
    yield { ...all, isPercentEncoded: true };
    return;
  }
  let found = false;
  // Only system calls that carry data matter, not those with file names.
  const traced = /\b(?:read|write|send|sendto|recv|recvfrom|pread64|pwrite64)\(\d+(?:<[^>\n]{0,200}>)?, (")/g;
  const quoted = traced.test(text) ? traced : /(?<![\w\\])(?:[bu]|\$)?(["'])/g;
  quoted.lastIndex = 0;
  for (let match = quoted.exec(text); match !== null; match = quoted.exec(text)) {
    const from = match.index + match[0].length;
    const end = findClosingQuote(text, from, match[1] as string);
    if (end < 0)
      throw buildTextError(
        text,
        text.trimEnd().length,
        `the string is not closed: ${match[1]} is missing`,
        `close it with ${match[1]}`,
      );
    found = true;
    yield { start: from, end, isPercentEncoded: false, isTraced: quoted === traced };
    quoted.lastIndex = end + 1;
  }
  if (!found) yield all;
}

/**
 * The bytes of the strings. A code point past 255 rules out single bytes. Among the remaining dialects, the first that
 * gives whole frames is used, else the most likely one.
 */
function decodeStrings(text: string, isFrames: FrameCheck): Uint8Array {
  const read = (dialect: Dialect): Uint8Array => {
    const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
    for (const inside of findStrings(text)) parseInside(text, inside, dialect, bytes);
    return bytes.take();
  };
  const dialects = guessNumericEscapes(text).flatMap((numeric) =>
    guessCharacterEncodings(text).map((characters): Dialect => ({ numeric, characters })),
  );
  const likeliest = read(dialects[0] as Dialect);
  if (dialects.length === 1 || isFrames(likeliest, false)) return likeliest;
  for (const dialect of dialects.slice(1)) {
    const other = readOrNull(() => read(dialect));
    if (other !== null && isFrames(other, false)) return other;
  }
  return likeliest;
}

function readOrNull(read: () => Uint8Array): Uint8Array | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** The possible encodings of characters beyond ASCII, most likely first. */
function guessCharacterEncodings(text: string): readonly CharacterEncoding[] {
  if (/[^\0-\u00ff\udc80-\udcff]/.test(text)) return ["utf8"];
  return /[\u0080-\u00ff]/.test(text) ? ["latin1", "utf8"] : ["latin1"];
}

/** The possible meanings of digits after a backslash, most likely first. Traces of system calls use the escapes of C. */
function guessNumericEscapes(text: string): readonly NumericEscapes[] {
  if (!/\\\d/.test(text)) return ["octal"];
  let decimal = false;
  for (const { start, end, isTraced } of findStrings(text)) {
    if (isTraced) return ["octal"];
    decimal ||= hasDecimalEscape(text.slice(start, end));
  }
  return decimal ? ["decimal", "octal"] : ["octal", "decimal"];
}

/** Whether an escape has digits that are not an octal number up to 377. */
function hasDecimalEscape(inside: string): boolean {
  for (const [, digits = ""] of inside.matchAll(/\\(\\|\d{1,3})/g)) {
    if (digits !== "\\" && (/[89]/.test(digits) || Number.parseInt(digits, 8) > 255)) return true;
  }
  return false;
}

function parseInside(
  text: string,
  { start, end, isPercentEncoded }: StringInside,
  { numeric, characters }: Dialect,
  bytes: ByteBuilder,
): void {
  for (let at = start; at < end; ) {
    const code = text.codePointAt(at) as number;
    if (isPercentEncoded && code === 0x25) {
      const pair = text.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(pair))
        throw buildTextError(
          text,
          at,
          "a % is not followed by two hex digits",
          "write a byte as % and two hex digits, such as %81",
        );
      bytes.push(Number.parseInt(pair, 16));
      at += 3;
    } else if (code === 0x5c && !isPercentEncoded) {
      const escaped = parseEscape(text, at, end, numeric);
      if (escaped.kind === "fault") throw buildTextError(text, at, escaped.message, escaped.hint);
      if (escaped.kind === "byte") bytes.push(escaped.value);
      if (escaped.kind === "character") pushCharacter(bytes, escaped.value, "latin1");
      at = escaped.end;
    } else {
      pushCharacter(bytes, code, characters);
      at += code > 0xffff ? 2 : 1;
    }
  }
}

/** Appends the bytes of a character. Python's surrogateescape represents a byte as a lone surrogate. */
function pushCharacter(bytes: ByteBuilder, code: number, characters: CharacterEncoding): void {
  if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code - 0xdc00);
  else if (code < 0x80 || (characters === "latin1" && code <= 0xff)) bytes.push(code);
  else for (const byte of Buffer.from(String.fromCodePoint(code))) bytes.push(byte);
}

/** The raw bytes between quotes: of PHP by their announced number, of Lua with its few escapes decoded. */
function parseRawQuoted(text: string): Uint8Array {
  const start = text.indexOf('"') + 1;
  const end = text.lastIndexOf('"');
  const count = RAW_QUOTED.exec(text)?.groups?.count;
  if (count === undefined) {
    const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
    const inside = { start, end, isPercentEncoded: false, isTraced: false };
    parseInside(text, inside, { numeric: "decimal", characters: "latin1" }, bytes);
    return bytes.take();
  }
  if (end - start !== Number(count))
    throw buildTextError(
      text,
      start,
      `the string announces ${count} bytes but has ${end - start}`,
      "paste the whole text",
    );
  return Buffer.from(text.slice(start, end), "latin1");
}
