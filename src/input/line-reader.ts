import { ByteBuilder } from "../bytes/byte-builder.js";
import { formatSize } from "../bytes/size.js";
import { countCharacters, formatExcerpt, InputError, type Place } from "./input-error.js";
import type { NotationReader } from "./notation/notation.js";

/** A line of a text that streams past. */
export interface Line {
  /** Without its line end. */
  readonly text: string;
  /** Bytes of the input before it. */
  readonly offset: number;
  /** From 1. */
  readonly number: number;
  /** Whether a line end follows it: the last line of an input that was cut has none. */
  readonly isEnded: boolean;
}

/** Takes the lines of an input, one after the other, and hears when there are no more. */
export interface LineReceiver {
  line(line: Line): void;
  end(): void;
}

/** No tool that is read line by line writes longer ones; what has no line end at all must not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Cuts an input into lines. Whatever pieces it comes in, the lines are the same. */
export class LineReader implements NotationReader {
  readonly #receiver: LineReceiver;
  readonly #maxLineBytes: number;
  /** What there is of the line that is not complete. */
  readonly #openLine = new ByteBuilder(Number.POSITIVE_INFINITY);
  #openLineBytes = 0;
  #offset = 0;
  #number = 1;

  /** @param longest bytes that a line may have */
  constructor(taker: LineReceiver, longest: number = MAX_LINE_BYTES) {
    this.#receiver = taker;
    this.#maxLineBytes = longest;
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
