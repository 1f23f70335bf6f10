import { HEX_DIGIT_VALUES } from "../../bytes/hex.js";
import { InputError, type Place } from "../input-error.js";
import type { Fit, Notation, NotationReader, Sample } from "./notation.js";
import { characterAt, TextCursor } from "./text-cursor.js";

/** Hex digits in pairs, however they are separated and marked. */
export const hex: Notation = {
  name: "hex",
  reads: "hex digits: plain, spaced, with : - 0x $ or h, # and // comments",
  probe,
  open: (out) => new HexReader(out),
};

const HINT =
  "hex is pairs of digits 0-9 a-f, such as 81 05 48, 810548, 81:05:48 or 0x81 0x05 (decimal numbers: --from list)";

const COMMENT = /(?:#|\/\/).*/g;
const MARKS = /\b0[xX]|\$|[\s:,;_"'[\](){}-]|(?<=[0-9a-fA-F])[hH]\b/g;

function probe({ text }: Sample): Fit | null {
  if (text === null) return null;
  const digits = text.replace(COMMENT, "").replace(MARKS, "");
  if (digits === "") return null;
  const others = digits.replace(/[0-9a-fA-F]/g, "").length;
  // Commas and brackets may as well be a list's.
  if (others === 0) return { fit: /[[\](){},]/.test(text) ? "fits" : "natural", why: "nothing but hex digits" };
  return others / digits.length <= 0.25 ? { fit: "broken", why: "mostly hex digits" } : null;
}

const code = (character: string): number => character.charCodeAt(0);
const NEWLINE = code("\n");
const HASH = code("#");
const SLASH = code("/");
const DOLLAR = code("$");
const IS_X: ReadonlySet<number> = new Set([..."xX"].map(code));
const IS_H: ReadonlySet<number> = new Set([..."hH"].map(code));
const IS_SEPARATOR: ReadonlySet<number> = new Set([..." \t\r\n\v\f:,;_\"'-[](){}"].map(code));

const IS_BLANK: ReadonlySet<number> = new Set([..." \t\r\v\f"].map(code));
const IS_LIST_MARK: ReadonlySet<number> = new Set([...",])}"].map(code));

/** Runs of up to this many digits are looked at as a whole, since a mark behind them may change what they mean. */
const SHORT = 4;

/**
 * Reads hex digits as they stream past.
 *
 * Digits pair up within a run. A run of an odd number may go on after a line's end. A run with a 0x or $ before it, or an h
 * behind it, may be a single digit; with an h it may have a 0 too many, as assemblers want it before a letter (`0FAh`).
 */
class HexReader implements NotationReader {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #cursor = new TextCursor();
  #state: "run" | "comment" | "slash" = "run";
  /** Digits of the run. */
  #count = 0;
  /** The value of a run of up to {@link SHORT} digits. */
  #value = 0;
  /** The first digit of a pair in a longer run, or -1. */
  #high = -1;
  #marked = false;
  /**
   * Where a run of an odd number of digits was followed by a blank: only a line's end may come now. An index of the chunk that is
   * being read; its place, which takes long to tell, where it stands in one before.
   */
  #gap: Place | number | null = null;
  /** A run of an odd number of digits was broken by a line's end, and goes on with the next digit. */
  #broken = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out;
  }

  push(input: Uint8Array): void {
    this.#bytes = new Uint8Array((input.length >> 1) + SHORT);
    this.#length = 0;
    try {
      for (let at = 0; at < input.length; at++) {
        const digit = this.#state === "run" ? (HEX_DIGIT_VALUES[input[at] as number] as number) : -1;
        if (digit >= 0) this.#digit(digit, input);
        else this.#other(input, at);
      }
    } finally {
      this.#out(this.#bytes.subarray(0, this.#length));
    }
    if (typeof this.#gap === "number") this.#gap = this.#cursor.place(input, this.#gap);
    this.#cursor.advance(input);
  }

  end(): void {
    const nothing = new Uint8Array(0);
    this.#bytes = new Uint8Array(SHORT);
    this.#length = 0;
    if (this.#state === "slash") throw this.#noDigit(nothing, 0, '"/"');
    this.#endRun(nothing, 0, false);
    this.#out(this.#bytes.subarray(0, this.#length));
  }

  #digit(digit: number, input: Uint8Array): void {
    if (this.#gap !== null) throw this.#odd(input, 0);
    this.#broken = false;
    this.#count++;
    if (this.#count <= SHORT) this.#value = (this.#value << 4) | digit;
    else {
      if (this.#count === SHORT + 1) this.#emitValue(SHORT);
      if (this.#high < 0) this.#high = digit;
      else {
        this.#emit((this.#high << 4) | digit);
        this.#high = -1;
      }
    }
  }

  #other(input: Uint8Array, at: number): void {
    const character = input[at] as number;
    if (this.#state === "comment") {
      if (character === NEWLINE) this.#state = "run";
    } else if (this.#state === "slash") {
      if (character !== SLASH) throw this.#noDigit(input, at, '"/"');
      this.#state = "comment";
    } else if (IS_SEPARATOR.has(character)) {
      this.#separate(input, at, character);
    } else if (character === HASH || character === SLASH) {
      this.#endRun(input, at, false);
      this.#state = character === HASH ? "comment" : "slash";
    } else if (character === DOLLAR && this.#count === 0) this.#marked = true;
    else if (IS_X.has(character) && this.#count === 1 && this.#value === 0 && !this.#marked) {
      this.#count = 0;
      this.#marked = true;
    } else if (IS_H.has(character) && this.#count > 0) this.#endRun(input, at, true);
    else throw this.#noDigit(input, at, characterAt(input, at));
  }

  #separate(input: Uint8Array, at: number, character: number): void {
    // In a list, a byte below 16 may have one digit.
    const listed = this.#count === 1 && IS_LIST_MARK.has(character);
    if (listed) this.#marked = true;
    if (this.#count % 2 === 0 || this.#marked) this.#endRun(input, at, false);
    else if (character === NEWLINE) {
      this.#broken = true;
      this.#gap = null;
    } else if (!IS_BLANK.has(character)) throw this.#odd(input, at);
    else if (!this.#broken) this.#gap ??= at;
  }

  #endRun(input: Uint8Array, at: number, suffixed: boolean): void {
    const count = this.#count;
    const marked = this.#marked || suffixed;
    const padded = suffixed && count === 3 && this.#value < 0x100;
    if (count === 1 && marked) this.#emit(this.#value);
    else if (padded) this.#emit(this.#value);
    else if (count % 2 === 1) throw this.#odd(input, at);
    else if (count <= SHORT) this.#emitValue(count);
    this.#count = 0;
    this.#value = 0;
    this.#marked = false;
  }

  #emitValue(digits: number): void {
    for (let shift = digits * 4 - 8; shift >= 0; shift -= 8) this.#emit((this.#value >> shift) & 0xff);
  }

  #emit(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length++] = byte;
  }

  #noDigit(input: Uint8Array, at: number, character: string): InputError {
    return new InputError(`${character} is no hex digit`, this.#cursor.place(input, at), HINT);
  }

  /** The fault of a run of an odd number of digits that ends at an index, or ended before. */
  #odd(input: Uint8Array, at: number): InputError {
    const gap = this.#gap ?? at;
    const place = typeof gap === "number" ? this.#cursor.place(input, gap) : gap;
    const count = this.#count;
    const digits = count === 1 ? "1 hex digit has no second one" : `${count} hex digits are an odd number`;
    return new InputError(`${digits}: one is missing before this place`, place, HINT);
  }
}
