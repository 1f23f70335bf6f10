import { ByteBuilder } from "../../bytes/byte-builder.js";
import { quote as quoted } from "../../bytes/safe-text.js";
import { findHexFault, parseHexPair } from "../hex-pair.js";
import { findPlace, InputError } from "../input-error.js";
import { isCommentedHex } from "./commented-hex.js";
import type { Fit, Notation, NotationReader, Sample } from "./notation.js";
import { buildCut, buildFault, type LiteralResult, parsePythonLiteral } from "./python-literal.js";
import { isSingleString } from "./quotes.js";
import { findNextHead, parseHeadAt } from "./text-head.js";

/** Bytes in Python syntax, alone or in the lines of a log. */
export const python: Notation = {
  name: "python",
  reads: "Python's b'…', bytes([…]), bytes.fromhex(…) …, also inside a log",
  probe,
  open: (out) => new PythonReader(out),
};

/** The start of a value: a quote with its prefix, or a call. */
const VALUE_OPENER =
  /(?<![\w'"])(?:(?<prefix>[bB][rR]?|[rR][bB])(?<quote>'''|"""|'|")|(?<fromhex>(?:bytes|bytearray)\.fromhex)\(|(?:bytes|bytearray)\(\s*[[(](?=\s*(?:-?\d|[\])]))|array\(\s*['"](?<signed>[bB])['"]\s*,\s*\[)/g;

const ADJACENT_LITERAL = /(?<prefix>[bB][rR]?|[rR][bB])(?<quote>'''|"""|'|")/y;

function probe({ text }: Sample): Fit | null {
  if (text === null || text.search(VALUE_OPENER) < 0) return null;
  // This is one string of another language, whatever it contains.
  if (isSingleString(text.trimStart())) return null;
  if (isCommentedHex(text)) return null;
  return { fit: "sure", why: "a Python bytes literal" };
}

/** A value is kept in memory until it is complete, up to this many characters. */
const MAX_LITERAL_CHARACTERS = 256 * 1024 * 1024;

/**
 * Finds the values in a streamed text. Complete lines are parsed and dropped. Each value is output separately, as
 * `recv()` returned it; a frame may span several.
 */
class PythonReader implements NotationReader {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The text that is not parsed yet, and the number of bytes and lines before it. */
  #text = "";
  /** The end of its last complete line. */
  #completeEnd = 0;
  #readBytes = 0;
  #readLines = 0;
  #hasFoundValue = false;
  /** An incomplete value is parsed again when the text is this long: twice as long as before, so that the work stays linear. */
  #nextReadLength = 0;

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out;
  }

  push(input: Uint8Array): void {
    const added = this.#decoder.decode(input, { stream: true });
    const newline = added.lastIndexOf("\n");
    if (newline >= 0) this.#completeEnd = this.#text.length + newline + 1;
    this.#text += added;
    if (this.#completeEnd > 0 && this.#text.length >= this.#nextReadLength) {
      const read = this.#readValues(this.#completeEnd, false);
      this.#dropRead(read);
      this.#nextReadLength = read < this.#completeEnd ? this.#text.length * 2 : 0;
      this.#completeEnd = Math.max(0, this.#completeEnd - read);
    }
    if (this.#text.length > MAX_LITERAL_CHARACTERS) {
      throw new InputError(
        "a Python literal is longer than 256 MiB",
        this.#findPlace(0),
        "give larger data as raw, hex or base64",
      );
    }
  }

  end(): void {
    this.#text += this.#decoder.decode();
    this.#readValues(this.#text.length, true);
    if (this.#hasFoundValue) return;
    throw new InputError(
      "the input has no Python bytes literal",
      null,
      "write one such as b'\\x81\\x05hello' or bytes.fromhex('8105')",
    );
  }

  /** Reads the values that begin before `end`; returns the index of what is left. */
  #readValues(end: number, last: boolean): number {
    let at = 0;
    // Logs may have HTTP heads as text between the values.
    let nextHead = findNextHead(this.#text, 0);
    let opener = findOpener(this.#text, 0);
    for (;;) {
      // The next head is searched for only once, so that the work stays linear.
      if (nextHead >= 0 && nextHead < at) nextHead = findNextHead(this.#text, at);
      if (nextHead >= 0 && nextHead < Math.min(end, opener?.index ?? end)) {
        const head = parseHeadAt(this.#text, nextHead);
        // The rest of an incomplete head comes with the next lines.
        if (!head.isEnded && !last) return head.index;
        this.#out(Buffer.from(head.head));
        at = head.end;
        if (opener !== null && opener.index < at) opener = findOpener(this.#text, at);
        continue;
      }
      if (opener === null || opener.index >= end) return Math.max(at, end);
      const value = parseValue(this.#text, opener);
      if (value.kind === "cut" && !last) return opener.index;
      if (value.kind !== "bytes") {
        const { index, message, hint } = value.fault;
        throw new InputError(message, this.#findPlace(index), hint);
      }
      this.#hasFoundValue = true;
      this.#out(value.bytes);
      at = value.end;
      opener = findOpener(this.#text, at);
    }
  }

  #dropRead(end: number): void {
    const read = this.#text.slice(0, end);
    this.#readBytes += Buffer.byteLength(read);
    for (let at = read.indexOf("\n"); at >= 0; at = read.indexOf("\n", at + 1)) this.#readLines++;
    this.#text = this.#text.slice(end);
  }

  #findPlace(index: number): ReturnType<typeof findPlace> {
    const place = findPlace(this.#text, index);
    return { ...place, offset: place.offset + this.#readBytes, line: place.line + this.#readLines };
  }
}

/** The start of the next value. It may directly follow the closing quote of another one. */
function findOpener(text: string, at: number): RegExpExecArray | null {
  ADJACENT_LITERAL.lastIndex = at;
  const adjacent = at > 0 ? ADJACENT_LITERAL.exec(text) : null;
  if (adjacent !== null) return adjacent;
  VALUE_OPENER.lastIndex = at;
  return VALUE_OPENER.exec(text);
}

function parseValue(text: string, opener: RegExpExecArray): LiteralResult {
  const { prefix = "", quote, fromhex, signed } = opener.groups as Record<string, string | undefined>;
  const start = opener.index + opener[0].length;
  if (quote !== undefined) return parsePythonLiteral(text, start, quote, /r/i.test(prefix) ? "raw" : "escaped");
  return fromhex === undefined ? parseNumbers(text, start, signed === "b" ? -128 : 0) : parseFromHex(text, start);
}

/** The argument of `bytes.fromhex(`: a string of hex pairs with blanks between them. */
function parseFromHex(text: string, start: number): LiteralResult {
  const opening = /\s*[rR]?(['"])/y;
  opening.lastIndex = start;
  const quote = opening.exec(text)?.[1];
  if (quote === undefined) return buildFault(start, "bytes.fromhex( needs a string", "write bytes.fromhex('8105')");
  const end = text.indexOf(quote, opening.lastIndex);
  if (end < 0) return buildCut(text.length, `the string is not closed: ${quote} is missing`, `close it with ${quote}`);
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  for (let at = opening.lastIndex; at < end; at++) {
    if (/\s/.test(text[at] as string)) continue;
    const byte = parseHexPair(text, at);
    if (byte < 0) {
      const bad = findHexFault(text, at);
      return buildFault(bad, `${quoted(text[bad] ?? "")} is not a hex digit`, "write two hex digits per byte");
    }
    bytes.push(byte);
    at++;
  }
  return { kind: "bytes", bytes: bytes.take(), end: end + 1 };
}

const LIST_NUMBER = /\s*(?:(-?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+))\s*(?:,|(?=[\])]|$))|([\])]))/y;

/** The inside of a list or tuple of numbers, up to its closing bracket. */
function parseNumbers(text: string, start: number, least: number): LiteralResult {
  const most = least + 255;
  const bytes = new ByteBuilder(Number.POSITIVE_INFINITY);
  for (let at = start; ; at = LIST_NUMBER.lastIndex) {
    LIST_NUMBER.lastIndex = at;
    const [all, digits, bracket] = LIST_NUMBER.exec(text) ?? [];
    if (all === undefined) {
      const bad = at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0);
      if (bad >= text.length) return buildCut(bad, "the list is not closed: ] is missing", "close it with ]");
      return buildFault(
        bad,
        `${quoted(text[bad] ?? "")} is not a number`,
        `write bytes as numbers from ${least} to ${most}`,
      );
    }
    if (bracket !== undefined) return { kind: "bytes", bytes: bytes.take(), end: LIST_NUMBER.lastIndex };
    const number = digits?.startsWith("-") ? -Number(digits.slice(1)) : Number(digits);
    if (number < least || number > most) {
      return buildFault(
        text.indexOf(digits as string, at),
        `${digits} is not a byte`,
        `write bytes as numbers from ${least} to ${most}`,
      );
    }
    bytes.push(number & 0xff);
  }
}
