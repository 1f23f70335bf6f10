import { ByteBuilder } from "../bytes/byte-builder.js";
import { formatSize } from "../bytes/size.js";
import { charactersIn, excerptOf, InputError, type Place } from "./input-error.js";
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
  readonly ended: boolean;
}

/** Takes the lines of an input, one after the other, and hears when there are no more. */
export interface LineTaker {
  line(line: Line): void;
  end(): void;
}

/** No tool that is read line by line writes longer ones; what has no line end at all must not fill the memory. */
const LONGEST_LINE = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Cuts an input into lines. Whatever pieces it comes in, the lines are the same. */
export class LineReader implements NotationReader {
  readonly #taker: LineTaker;
  readonly #longest: number;
  /** What there is of the line that is not complete. */
  readonly #open = new ByteBuilder(Number.POSITIVE_INFINITY);
  #openBytes = 0;
  #offset = 0;
  #number = 1;

  /** @param longest bytes that a line may have */
  constructor(taker: LineTaker, longest: number = LONGEST_LINE) {
    this.#taker = taker;
    this.#longest = longest;
  }

  push(input: Uint8Array): void {
    let start = 0;
    for (let at = input.indexOf(NEWLINE); at >= 0; at = input.indexOf(NEWLINE, start)) {
      this.#complete(input.subarray(start, at), true);
      start = at + 1;
    }
    if (start === input.length) return;
    this.#check(input.length - start);
    this.#open.append(input, start, input.length);
    this.#openBytes += input.length - start;
  }

  end(): void {
    if (this.#openBytes > 0) this.#complete(new Uint8Array(0), false);
    this.#taker.end();
  }

  #check(more: number): void {
    if (this.#openBytes + more <= this.#longest) return;
    throw new InputError(
      `a line of more than ${formatSize(this.#longest)}`,
      { offset: this.#offset, line: this.#number, column: 1, excerpt: "" },
      "such text has lines; bytes that are none: --from raw, hex or base64",
    );
  }

  #complete(rest: Uint8Array, ended: boolean): void {
    this.#check(rest.length);
    if (this.#openBytes > 0) this.#open.append(rest, 0, rest.length);
    const bytes = this.#openBytes === 0 ? rest : this.#open.take();
    const line = { text: textOf(bytes), offset: this.#offset, number: this.#number, ended };
    this.#openBytes = 0;
    this.#offset += bytes.length + 1;
    this.#number++;
    this.#taker.line(line);
  }
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

/** The place of a character of a line. */
export function placeOn(line: Line, index: number): Place {
  const before = line.text.slice(0, index);
  return {
    offset: line.offset + Buffer.byteLength(before),
    line: line.number,
    column: charactersIn(before) + 1,
    excerpt: excerptOf(line.text, index),
  };
}

/** A fault at a character of a line. */
export function faultOn(line: Line, index: number, message: string, hint: string): InputError {
  return new InputError(message, placeOn(line, index), hint);
}
