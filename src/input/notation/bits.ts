import { InputError } from "../input-error.js";
import type { Fit, Notation, NotationReader, Sample } from "./notation.js";
import { formatCharacterAt, TextCursor } from "./text-cursor.js";

/** Binary digits, eight per byte, in any grouping. */
export const bits: Notation = {
  name: "bits",
  reads: "binary digits, eight per byte: 10000001 00000101",
  probe,
  open: (out) => new BitsReader(out),
};

const HINT = "write each byte as eight digits 0 or 1, such as 10000001 00000101";

function probe({ text, isWhole }: Sample): Fit | null {
  if (text === null) return null;
  const digits = text.replace(/#.*/g, "").replace(/\b0b|[\s_,]/g, "");
  const hasWholeBytes = digits.length % 8 === 0 || (!isWhole && hasWholeGroups(text));
  if (/^[01]{8}\s[01\s]+$/.test(text) && !hasWholeBytes) {
    return { fit: "broken", why: "only binary digits" };
  }
  if (!/^[01]+$/.test(digits) || !hasWholeBytes) return null;
  return { fit: digits.length >= 16 ? "sure" : "fits", why: "only binary digits, eight per byte" };
}

/** Whether all groups of digits but the last, which the end of a sample may cut, are half bytes or bytes. */
function hasWholeGroups(text: string): boolean {
  const groups = text.trimStart().split(/\s+/).slice(0, -1);
  return groups.length > 0 && groups.every(({ length }) => length === 4 || length % 8 === 0);
}

const BLANK_CODES = new Set([..." \t\r\n\v\f_,"].map((blank) => blank.charCodeAt(0)));
const [ZERO, ONE, LETTER_B, HASH, NEWLINE] = [0x30, 0x31, 0x62, 0x23, 0x0a];

class BitsReader implements NotationReader {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #cursor = new TextCursor();
  #byte = 0;
  #bitCount = 0;
  #isInComment = false;

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out;
  }

  push(input: Uint8Array): void {
    const bytes = new Uint8Array((input.length >> 3) + 1);
    let length = 0;
    try {
      for (let at = 0; at < input.length; at++) {
        const code = input[at] as number;
        if (this.#isInComment) this.#isInComment = code !== NEWLINE;
        else if (code === ZERO || code === ONE) {
          this.#byte = (this.#byte << 1) | (code - ZERO);
          if (++this.#bitCount < 8) continue;
          bytes[length++] = this.#byte;
          this.#byte = 0;
          this.#bitCount = 0;
        } else if (code === HASH) this.#isInComment = true;
        else if (code === LETTER_B && this.#bitCount === 1 && this.#byte === 0) this.#bitCount = 0;
        else if (!BLANK_CODES.has(code))
          throw new InputError(
            `${formatCharacterAt(input, at)} is not a binary digit`,
            this.#cursor.findPlace(input, at),
            HINT,
          );
      }
    } finally {
      this.#out(bytes.subarray(0, length));
    }
    this.#cursor.advance(input);
  }

  end(): void {
    if (this.#bitCount === 0) return;
    const place = this.#cursor.findPlace(new Uint8Array(0), 0);
    throw new InputError(`the last byte has only ${this.#bitCount} of 8 bits`, place, HINT);
  }
}
