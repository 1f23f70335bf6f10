import { InputError } from "../input-error.js";
import type { Fit, Notation, NotationReader, Sample } from "./notation.js";
import { formatCharacterAt, TextCursor } from "./text-cursor.js";

/** Base64 and base64url (RFC 4648 §4, §5), with or without padding and line ends. */
export const base64: Notation = {
  name: "base64",
  reads: "base64 or base64url, with or without padding and line ends",
  probe,
  open: (out) => new Base64Reader(out),
};

const HINT = "base64 uses A-Z a-z 0-9 + / (or - _) in groups of four, and = to pad the last one";

/** Prefixes of hex: their letters are not a sign of base64. */
const HEX_MARKS = /\b0[xX]|(?<=[0-9a-fA-F])[hH]\b/g;

function probe({ text, isWhole }: Sample): Fit | null {
  if (text === null) return null;
  const characters = text.replace(/[\s"]/g, "");
  if (!/^[A-Za-z0-9+/_=-]+$/.test(characters) || !/[g-zG-Z+/=]/.test(text.replace(HEX_MARKS, ""))) return null;
  // Base64 is wrapped between groups of four; words are not that regular.
  const tokens = text.replace(/"/g, "").trim().split(/\s+/);
  const last = tokens.pop() ?? "";
  if (tokens.some((token) => token.length % 4 !== 0) || (isWhole && countUnpadded(last) % 4 === 1)) return null;
  // A plain word has one kind of character; base64 of more than a byte or two has several.
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/, /[+/_=-]/].filter((kind) => kind.test(characters)).length;
  if (kinds < 2) return null;
  const padded = /=$/.test(characters) && last.length % 4 === 0;
  return { fit: padded ? "natural" : "fits", why: "base64 characters that are not hex" };
}

function countUnpadded(token: string): number {
  let length = token.length;
  while (token[length - 1] === "=") length--;
  return length;
}

const PADDING_VALUE = -2;
const BLANK_VALUE = -3;
const CHARACTER_VALUES = new Int8Array(256).fill(-1);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((character, value) => {
  CHARACTER_VALUES[character.charCodeAt(0)] = value;
});
CHARACTER_VALUES["-".charCodeAt(0)] = 62;
CHARACTER_VALUES["_".charCodeAt(0)] = 63;
CHARACTER_VALUES["=".charCodeAt(0)] = PADDING_VALUE;
for (const blank of ' \t\r\n\v\f"') CHARACTER_VALUES[blank.charCodeAt(0)] = BLANK_VALUE;

/** Reads streamed base64. Padding ends a value; another may follow, for example on the next line. */
class Base64Reader implements NotationReader {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #cursor = new TextCursor();
  /** The characters of the open group, 6 bits each. */
  #group = 0;
  #characterCount = 0;
  /** How many more `=` must follow the first. */
  #paddingDue = 0;

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out;
  }

  push(input: Uint8Array): void {
    const bytes = new Uint8Array(Math.ceil(input.length * 0.75) + 3);
    let length = 0;
    try {
      for (let at = 0; at < input.length; at++) {
        const value = CHARACTER_VALUES[input[at] as number] as number;
        if (value === BLANK_VALUE) continue;
        if (value < 0 || this.#paddingDue > 0) {
          if (value === PADDING_VALUE) length = this.#readPadding(bytes, length, input, at);
          else throw this.#buildUnexpectedError(input, at);
          continue;
        }
        this.#group = (this.#group << 6) | value;
        if (++this.#characterCount < 4) continue;
        bytes[length++] = this.#group >> 16;
        bytes[length++] = this.#group >> 8;
        bytes[length++] = this.#group;
        this.#characterCount = 0;
        this.#group = 0;
      }
    } finally {
      this.#out(bytes.subarray(0, length));
    }
    this.#cursor.advance(input);
  }

  end(): void {
    const bytes = new Uint8Array(2);
    const nothing = new Uint8Array(0);
    if (this.#characterCount === 1 || this.#paddingDue > 0) {
      throw new InputError("the last group of base64 is incomplete", this.#cursor.findPlace(nothing, 0), HINT);
    }
    this.#out(bytes.subarray(0, this.#flushGroup(bytes, 0)));
  }

  #readPadding(bytes: Uint8Array, length: number, input: Uint8Array, at: number): number {
    if (this.#paddingDue > 0) {
      this.#paddingDue--;
      return length;
    }
    if (this.#characterCount < 2) throw this.#buildUnexpectedError(input, at);
    this.#paddingDue = 3 - this.#characterCount;
    return this.#flushGroup(bytes, length);
  }

  /** Writes the bytes of a group of two or three characters. */
  #flushGroup(bytes: Uint8Array, length: number): number {
    const whole = this.#characterCount === 3 ? 2 : this.#characterCount === 2 ? 1 : 0;
    const group = this.#group << (6 * (4 - this.#characterCount));
    if (whole > 0) bytes[length] = group >> 16;
    if (whole > 1) bytes[length + 1] = group >> 8;
    this.#characterCount = 0;
    this.#group = 0;
    return length + whole;
  }

  #buildUnexpectedError(input: Uint8Array, at: number): InputError {
    const character = formatCharacterAt(input, at);
    const misplaced = character === '"="' || this.#paddingDue > 0;
    const what = `${character} ${misplaced ? "cannot be here in base64" : "is not a base64 character"}`;
    return new InputError(what, this.#cursor.findPlace(input, at), HINT);
  }
}
