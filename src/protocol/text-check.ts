import { Utf8Validator } from "../bytes/utf8.js";

/** Where a text stops being UTF-8. */
export interface Utf8Error {
  /** Offset in the byte stream of the first byte that cannot be; of the sequence's first byte when the text ends inside it. */
  readonly offset: number;
  /** Bytes: 1, or those of the unfinished sequence. */
  readonly length: number;
  /** The bytes of the sequence before the one that cannot be. */
  readonly sequence: readonly number[];
  /** The byte that cannot be, or `null` when the text ends inside the sequence. */
  readonly byte: number | null;
  /** Index of the byte in the inflated text; `null` for one that was not compressed. */
  readonly inflatedAt: number | null;
}

/** Checks the text of one message after the other, as its bytes come in the byte stream (RFC 6455 §8.1). */
export class TextCheck {
  readonly #validator = new Utf8Validator();
  /** Where the sequence that the text may end inside has its last bytes. */
  #sequenceOffset = 0;
  #sequenceLength = 0;

  /** A text begins. */
  begin(): void {
    this.#validator.reset();
  }

  /**
   * The next bytes of the text, `bytes[start, end)`. @returns where it stops being UTF-8, or `null`
   *
   * @param offset of the byte at `start`, in the byte stream
   * @param from offset of the frame's first byte
   */
  push(bytes: Uint8Array, start: number, end: number, offset: number, from: number): Utf8Error | null {
    const bad = this.#validator.push(bytes, start, end);
    const { sequence } = this.#validator;
    if (bad >= 0) {
      const byte = bytes[bad] as number;
      return { offset: offset + (bad - start), length: 1, sequence: [...sequence], byte, inflatedAt: null };
    }
    const pending = sequence.length;
    const added = end - start;
    if (pending <= added) {
      this.#sequenceOffset = offset + added - pending;
      this.#sequenceLength = pending;
    } else if (this.#sequenceOffset >= from) this.#sequenceLength += added;
    else if (added > 0) {
      // The sequence began in a frame before: named are its bytes in this one.
      this.#sequenceOffset = offset;
      this.#sequenceLength = added;
    }
    return null;
  }

  /** Ends the text. @returns where it ends inside a character, or `null` */
  end(): Utf8Error | null {
    const { sequence, failed } = this.#validator;
    if (failed || sequence.length === 0) return null;
    return {
      offset: this.#sequenceOffset,
      length: this.#sequenceLength,
      sequence: [...sequence],
      byte: null,
      inflatedAt: null,
    };
  }
}
