import { InputError } from "../input-error.js";
import type { Fit, Notation, NotationReader, Sample } from "./notation.js";
import { characterAt, TextCursor } from "./text-cursor.js";

/** Base64 and base64url (RFC 4648 §4, §5), padded or not, wrapped or not. */
export const base64: Notation = {
  name: "base64",
  reads: "base64 or base64url, padded or not, wrapped or not",
  probe,
  open: (out) => new Base64Reader(out),
};

const HINT = "base64 has A-Z a-z 0-9 + / (or - _) in groups of four, the last one perhaps padded with =";

/** What hex is marked with; a letter in it does not speak for base64. */
const HEX_MARKS = /\b0[xX]|(?<=[0-9a-fA-F])[hH]\b/g;

function probe({ text, whole }: Sample): Fit | null {
  if (text === null) return null;
  const characters = text.replace(/[\s"]/g, "");
  if (!/^[A-Za-z0-9+/_=-]+$/.test(characters) || !/[g-zG-Z+/=]/.test(text.replace(HEX_MARKS, ""))) return null;
  // Groups of four are what base64 is broken between; words are not that regular.
  const tokens = text.replace(/"/g, "").trim().split(/\s+/);
  const last = tokens.pop() ?? "";
  if (tokens.some((token) => token.length % 4 !== 0) || (whole && unpaddedLength(last) % 4 === 1)) return null;
  // A plain word has one kind of character; base64 of more than a byte or two has several.
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/, /[+/_=-]/].filter((kind) => kind.test(characters)).length;
  if (kinds < 2) return null;
  const padded = /=$/.test(characters) && last.length % 4 === 0;
  return { fit: padded ? "natural" : "fits", why: "letters of base64, some of them beyond hex" };
}

function unpaddedLength(token: string): number {
  let length = token.length;
  while (token[length - 1] === "=") length--;
  return length;
}

const PADDING = -2;
const BLANK = -3;
const VALUE = new Int8Array(256).fill(-1);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((character, value) => {
  VALUE[character.charCodeAt(0)] = value;
});
VALUE["-".charCodeAt(0)] = 62;
VALUE["_".charCodeAt(0)] = 63;
VALUE["=".charCodeAt(0)] = PADDING;
for (const blank of ' \t\r\n\v\f"') VALUE[blank.charCodeAt(0)] = BLANK;

/** Reads base64 as it streams past. A padded group ends a run; another may follow, as when pieces stand on lines of their own. */
class Base64Reader implements NotationReader {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #cursor = new TextCursor();
  /** The characters of the open group, 6 bits each. */
  #group = 0;
  #count = 0;
  /** `=` that are still due after the first. */
  #due = 0;

  constructor(out: (bytes: Uint8Array) => void) {
    this.#out = out;
  }

  push(input: Uint8Array): void {
    const bytes = new Uint8Array(Math.ceil(input.length * 0.75) + 3);
    let length = 0;
    try {
      for (let at = 0; at < input.length; at++) {
        const value = VALUE[input[at] as number] as number;
        if (value === BLANK) continue;
        if (value < 0 || this.#due > 0) {
          if (value === PADDING) length = this.#pad(bytes, length, input, at);
          else throw this.#unexpected(input, at);
          continue;
        }
        this.#group = (this.#group << 6) | value;
        if (++this.#count < 4) continue;
        bytes[length++] = this.#group >> 16;
        bytes[length++] = this.#group >> 8;
        bytes[length++] = this.#group;
        this.#count = 0;
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
    if (this.#count === 1 || this.#due > 0) {
      throw new InputError("the last group of base64 is cut short", this.#cursor.place(nothing, 0), HINT);
    }
    this.#out(bytes.subarray(0, this.#flush(bytes, 0)));
  }

  #pad(bytes: Uint8Array, length: number, input: Uint8Array, at: number): number {
    if (this.#due > 0) {
      this.#due--;
      return length;
    }
    if (this.#count < 2) throw this.#unexpected(input, at);
    this.#due = 3 - this.#count;
    return this.#flush(bytes, length);
  }

  /** Writes the bytes of a group of two or three characters. */
  #flush(bytes: Uint8Array, length: number): number {
    const whole = this.#count === 3 ? 2 : this.#count === 2 ? 1 : 0;
    const group = this.#group << (6 * (4 - this.#count));
    if (whole > 0) bytes[length] = group >> 16;
    if (whole > 1) bytes[length + 1] = group >> 8;
    this.#count = 0;
    this.#group = 0;
    return length + whole;
  }

  #unexpected(input: Uint8Array, at: number): InputError {
    const character = characterAt(input, at);
    const misplaced = character === '"="' || this.#due > 0;
    const what = `${character} ${misplaced ? "cannot stand here in base64" : "is no base64 character"}`;
    return new InputError(what, this.#cursor.place(input, at), HINT);
  }
}
