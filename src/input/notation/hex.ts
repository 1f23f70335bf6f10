import { HEX_DIGIT_VALUES } from "../../bytes/hex.js";
import { InputError, type Place } from "../input-error.js";
import type { Fit, Notation, NotationReader, Sample } from "./notation.js";
import { formatCharacterAt, TextCursor } from "./text-cursor.js";

/** Pairs of hex digits, with any separators and prefixes. */
export const hex: Notation = {
  name: "hex",
  reads: "hex digits: plain, spaced, with : - 0x $ or h, # and // comments",
  probe,
  open: (out) => new HexReader(out),
};

const HINT =
  "write two hex digits per byte, such as 81 05 48, 810548, 81:05:48 or 0x81 0x05 (for decimal numbers: --from list)";

const WORD_HINT = "remove the words before the hex digits, and write two hex digits per byte, such as 81 05 48";

const COMMENT = /(?:#|\/\/).*/g;
const MARKS = /\b0[xX]|\$|[\s:,;_"'[\](){}-]|(?<=[0-9a-fA-F])[hH]\b/g;

function probe({ text }: Sample): Fit | null {
  if (text === null) return null;
  const digits = text.replace(COMMENT, "").replace(MARKS, "");
  if (digits === "") return null;
  const others = digits.replace(/[0-9a-fA-F]/g, "").length;
  // Commas and brackets may also belong to a list.
  if (others === 0) return { fit: /[[\](){},]/.test(text) ? "fits" : "natural", why: "only hex digits" };
  return others / digits.length <= 0.25 ? { fit: "broken", why: "mostly hex digits" } : null;
}

const charCode = (character: string): number => character.charCodeAt(0);
const NEWLINE = charCode("\n");
const HASH = charCode("#");
const SLASH = charCode("/");
const DOLLAR = charCode("$");
const X_CODES: ReadonlySet<number> = new Set([..."xX"].map(charCode));
const H_CODES: ReadonlySet<number> = new Set([..."hH"].map(charCode));
const SEPARATOR_CODES: ReadonlySet<number> = new Set([..." \t\r\n\v\f:,;_\"'-[](){}"].map(charCode));

const BLANK_CODES: ReadonlySet<number> = new Set([..." \t\r\v\f"].map(charCode));
const LIST_MARK_CODES: ReadonlySet<number> = new Set([...",])}"].map(charCode));

/** Runs of up to this many digits are examined as a whole, because a suffix may change their meaning. */
const MAX_SHORT_RUN_DIGITS = 4;

/**
 * Reads streamed hex digits.
 *
 * Digits pair up within a run. A run with an odd number of digits may continue after a line end. A run with 0x or $ before
 * it, or h after it, may be a single digit; with h it may have an extra 0, which assemblers require before a letter (`0FAh`).
 */
class HexReader implements NotationReader {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #cursor = new TextCursor();
  #state: "run" | "comment" | "slash" = "run";
  /** Digits of the run. */
  #digitCount = 0;
  /** The value of a run of up to {@link MAX_SHORT_RUN_DIGITS} digits. */
  #value = 0;
  /** The first digit of a pair in a longer run, or -1. */
  #highDigit = -1;
  #isMarked = false;
  /**
   * Where a blank followed an odd number of digits: only a line end may follow. It is an index of the current chunk,
   * or the place if it is in an earlier chunk, because a place takes long to compute.
   */
  #blankAfterOddRun: Place | number | null = null;
  /** A line end interrupted a run with an odd number of digits, which continues with the next digit. */
  #isBrokenByLineEnd = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  /** Whether earlier chunks had bytes. */
  #hasBytes = false;

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out;
  }

  push(input: Uint8Array): void {
    this.#bytes = new Uint8Array((input.length >> 1) + MAX_SHORT_RUN_DIGITS);
    this.#length = 0;
    try {
      for (let at = 0; at < input.length; at++) {
        const digit = this.#state === "run" ? (HEX_DIGIT_VALUES[input[at] as number] as number) : -1;
        if (digit >= 0) this.#addDigit(digit, input);
        else this.#readNonDigit(input, at);
      }
    } finally {
      this.#hasBytes ||= this.#length > 0;
      this.#out(this.#bytes.subarray(0, this.#length));
    }
    if (typeof this.#blankAfterOddRun === "number")
      this.#blankAfterOddRun = this.#cursor.findPlace(input, this.#blankAfterOddRun);
    this.#cursor.advance(input);
  }

  end(): void {
    const nothing = new Uint8Array(0);
    this.#bytes = new Uint8Array(MAX_SHORT_RUN_DIGITS);
    this.#length = 0;
    if (this.#state === "slash") throw this.#buildDigitError(nothing, 0, '"/"');
    this.#endRun(nothing, 0);
    this.#out(this.#bytes.subarray(0, this.#length));
  }

  #addDigit(digit: number, input: Uint8Array): void {
    if (this.#blankAfterOddRun !== null) throw this.#buildOddError(input, 0);
    this.#isBrokenByLineEnd = false;
    this.#digitCount++;
    if (this.#digitCount <= MAX_SHORT_RUN_DIGITS) this.#value = (this.#value << 4) | digit;
    else {
      if (this.#digitCount === MAX_SHORT_RUN_DIGITS + 1) this.#emitValue(MAX_SHORT_RUN_DIGITS);
      if (this.#highDigit < 0) this.#highDigit = digit;
      else {
        this.#emit((this.#highDigit << 4) | digit);
        this.#highDigit = -1;
      }
    }
  }

  #readNonDigit(input: Uint8Array, at: number): void {
    const character = input[at] as number;
    if (this.#state === "comment") {
      if (character === NEWLINE) this.#state = "run";
    } else if (this.#state === "slash") {
      if (character !== SLASH) throw this.#buildDigitError(input, at, '"/"');
      this.#state = "comment";
    } else if (SEPARATOR_CODES.has(character)) {
      this.#readSeparator(input, at, character);
    } else if (character === HASH || character === SLASH) {
      this.#endRun(input, at);
      this.#state = character === HASH ? "comment" : "slash";
    } else if (character === DOLLAR && this.#digitCount === 0) this.#isMarked = true;
    else if (X_CODES.has(character) && this.#digitCount === 1 && this.#value === 0 && !this.#isMarked) {
      this.#digitCount = 0;
      this.#isMarked = true;
    } else if (H_CODES.has(character) && this.#digitCount > 0) this.#endSuffixedRun(input, at);
    else throw this.#buildDigitError(input, at, formatCharacterAt(input, at));
  }

  #readSeparator(input: Uint8Array, at: number, character: number): void {
    // In a list, a byte below 16 may have one digit.
    const listed = this.#digitCount === 1 && LIST_MARK_CODES.has(character);
    if (listed) this.#isMarked = true;
    if (this.#digitCount % 2 === 0 || this.#isMarked) this.#endRun(input, at);
    else if (character === NEWLINE) {
      this.#isBrokenByLineEnd = true;
      this.#blankAfterOddRun = null;
    } else if (!BLANK_CODES.has(character)) throw this.#buildOddError(input, at);
    else if (!this.#isBrokenByLineEnd) this.#blankAfterOddRun ??= at;
  }

  /** Ends a run at its `h`: assemblers write 0 before a letter. */
  #endSuffixedRun(input: Uint8Array, at: number): void {
    if (this.#digitCount === 3 && this.#value < 0x100) this.#digitCount = 2;
    this.#isMarked = true;
    this.#endRun(input, at);
  }

  #endRun(input: Uint8Array, at: number): void {
    const count = this.#digitCount;
    if (count === 1 && this.#isMarked) this.#emit(this.#value);
    else if (count % 2 === 1) throw this.#buildOddError(input, at);
    else if (count <= MAX_SHORT_RUN_DIGITS) this.#emitValue(count);
    this.#digitCount = 0;
    this.#value = 0;
    this.#isMarked = false;
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

  #buildDigitError(input: Uint8Array, at: number, character: string): InputError {
    const isFirst = !this.#hasBytes && this.#length === 0;
    const hint = isFirst && /^"[a-z]"$/i.test(character) ? WORD_HINT : HINT;
    return new InputError(`${character} is not a hex digit`, this.#cursor.findPlace(input, at), hint);
  }

  /** The fault of a run with an odd number of digits that ends at an index, or ended before. */
  #buildOddError(input: Uint8Array, at: number): InputError {
    const gap = this.#blankAfterOddRun ?? at;
    const place = typeof gap === "number" ? this.#cursor.findPlace(input, gap) : gap;
    const count = this.#digitCount;
    const digits = count === 1 ? "a single hex digit" : `an odd number of hex digits (${count})`;
    return new InputError(`${digits}: add the missing digit`, place, HINT);
  }
}
