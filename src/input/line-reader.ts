import { ByteBuilder } from "../bytes/byte-builder.js";
import { formatSize } from "../bytes/size.js";
import { countCharacters, formatExcerpt, InputError, type Place } from "./input-error.js";
import type { NotationReader } from "./notation/notation.js";

/** A line of a streamed text. */
export interface Line {
  /** Without its line end. */
  readonly text: string;
  /** Its offset in the input, in bytes. */
  readonly offset: number;
  /** From 1. */
  readonly number: number;
  /** Whether it has a line end: the last line of a truncated input has none. */
  readonly isEnded: boolean;
}

/** Receives the lines of an input in order, and then its end. */
export interface LineReceiver {
  line(line: Line): void;
  end(): void;
}

/** The longest line, in bytes: input without line ends must not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Splits an input into lines, independent of its chunks. */
export class LineReader implements NotationReader {
  readonly #receiver: LineReceiver;
  readonly #maxLineBytes: number;
  /** The start of the incomplete line. */
  readonly #openLine = new ByteBuilder(Number.POSITIVE_INFINITY);
  #openLineBytes = 0;
  #offset = 0;
  #number = 1;

  /** @param maxLineBytes the longest line, in bytes */
  constructor(receiver: LineReceiver, maxLineBytes: number = MAX_LINE_BYTES) {
    this.#receiver = receiver;
    this.#maxLineBytes = maxLineBytes;
  }

  push(input: Uint8Array): void {
    let start = 0;
    for (let at = input.indexOf(NEWLINE); at >= 0; at = input.indexOf(NEWLINE, start)) {
      this.#finishLine(input.subarray(start, at), true);
      start = at + 1;
    }
    if (start === input.length) return;
    this.#checkLength(input.length - start);
    this.#openLine.append(input, start, input.length);
    this.#openLineBytes += input.length - start;
  }

  end(): void {
    if (this.#openLineBytes > 0) this.#finishLine(new Uint8Array(0), false);
    this.#receiver.end();
  }

  #checkLength(more: number): void {
    if (this.#openLineBytes + more <= this.#maxLineBytes) return;
    throw new InputError(
      `a line is longer than ${formatSize(this.#maxLineBytes)}`,
      { offset: this.#offset, line: this.#number, column: 1, excerpt: "" },
      "for bytes without lines, use --from raw, hex or base64",
    );
  }

  #finishLine(rest: Uint8Array, isEnded: boolean): void {
    this.#checkLength(rest.length);
    if (this.#openLineBytes > 0) this.#openLine.append(rest, 0, rest.length);
    const bytes = this.#openLineBytes === 0 ? rest : this.#openLine.take();
    const line = { text: decodeLine(bytes), offset: this.#offset, number: this.#number, isEnded };
    this.#openLineBytes = 0;
    this.#offset += bytes.length + 1;
    this.#number++;
    this.#receiver.line(line);
  }
}

function decodeLine(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

/** The place of a character of a line. */
export function findPlaceOnLine(line: Line, index: number): Place {
  const before = line.text.slice(0, index);
  return {
    offset: line.offset + Buffer.byteLength(before),
    line: line.number,
    column: countCharacters(before) + 1,
    excerpt: formatExcerpt(line.text, index),
  };
}

/** A fault at a character of a line. */
export function buildLineError(line: Line, index: number, message: string, hint: string): InputError {
  return new InputError(message, findPlaceOnLine(line, index), hint);
}
