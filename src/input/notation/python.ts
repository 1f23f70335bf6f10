import { ByteBuilder } from "../../bytes/byte-builder.js";
import { quote as quoted } from "../../bytes/safe-text.js";
import { findHexFault, parseHexPair } from "../hex-pair.js";
import { findPlace, InputError } from "../input-error.js";
import type { Fit, Notation, NotationReader, Sample } from "./notation.js";
import { buildCut, buildFault, type LiteralResult, parsePythonLiteral } from "./python-literal.js";
import { isSingleString } from "./quotes.js";
import { findNextHead, parseHeadAt } from "./text-head.js";

/** Python's ways to write bytes, alone or between the other words of a log. */
export const python: Notation = {
  name: "python",
  reads: "Python's b'…', bytes([…]), bytes.fromhex(…) …, also inside a log",
  probe,
  open: (out) => new PythonReader(out),
};

/** What begins a value: a quote with its prefix, or a call. */
const VALUE_OPENER =
  /(?<![\w'"])(?:(?<prefix>[bB][rR]?|[rR][bB])(?<quote>'''|"""|'|")|(?<fromhex>(?:bytes|bytearray)\.fromhex)\(|(?:bytes|bytearray)\(\s*[[(](?=\s*(?:-?\d|[\])]))|array\(\s*['"](?<signed>[bB])['"]\s*,\s*\[)/g;

const ADJACENT_LITERAL = /(?<prefix>[bB][rR]?|[rR][bB])(?<quote>'''|"""|'|")/y;

/** Comments, as they stand in hex: a literal in one is a remark. */
const COMMENT = /(?:^|\s)(?:#|\/\/).*/gm;
const HEX_ONLY = /^[0-9a-fA-FxXhH\s:,;_$-]*$/;

function probe({ text }: Sample): Fit | null {
  if (text === null || text.search(VALUE_OPENER) < 0) return null;
  // One string of another language, whatever stands in it.
  if (isSingleString(text.trimStart())) return null;
  const plain = text.replace(COMMENT, "");
  if (HEX_ONLY.test(plain) && /[0-9a-fA-F]/.test(plain)) return null;
  return { fit: "sure", why: "a Python bytes literal" };
}

/** A value is kept in memory until it is complete, up to this many characters. */
const MAX_LITERAL_CHARACTERS = 256 * 1024 * 1024;

/**
 * Finds the values in a text as it streams past: whatever is complete is read, and forgotten, line after line. Each value is
 * a piece of its own, as `recv()` gave it; a frame may span several.
 */
class PythonReader implements NotationReader {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** The text that has not been read, and what was before it. */
  #text = "";
  /** Where its last line that is complete ends. */
  #completeEnd = 0;
  #readBytes = 0;
  #readLines = 0;
  #hasFoundValue = false;
  /** Characters from which on a value that was cut is looked at again: twice as many as there were. */
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
    // HTTP heads may stand as text between the values, as a log has them.
    let nextHead = findNextHead(this.#text, 0);
    let opener = findOpener(this.#text, 0);
    for (;;) {
      // What stands further on is looked for only once, whatever comes before it.
      if (nextHead >= 0 && nextHead < at) nextHead = findNextHead(this.#text, at);
      if (nextHead >= 0 && nextHead < Math.min(end, opener?.index ?? end)) {
        const head = parseHeadAt(this.#text, nextHead);
        // More of a head that is cut, with the empty line that ends it, comes with the next lines.
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

/** The next value's beginning. Right behind a value another may begin, though the quote before it would make it a string's. */
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
  if (quote !== undefined) return parsePythonLiteral(text, start, quote, /r/i.test(prefix));
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
