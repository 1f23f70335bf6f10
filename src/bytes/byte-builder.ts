const EMPTY_BYTES = new Uint8Array(0);
const MIN_GROWN_CAPACITY_BYTES = 256;

/**
 * Collects bytes up to a limit and counts what lies beyond it.
 *
 * The buffer grows with the bytes that really arrive: no announced length ever sizes an allocation.
 */
export class ByteBuilder {
  #buffer: Uint8Array = EMPTY_BYTES;
  #length = 0;
  #omitted = 0;
  readonly #limit: number;

  /** @param limit bytes that are kept at most, 0 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that came after the limit was reached, and were not kept. */
  get omitted(): number {
    return this.#omitted;
  }

  /** Copies `source[start, end)`, as far as the limit allows. */
  append(source: Uint8Array, start: number, end: number): void {
    const kept = Math.min(end - start, this.#limit - this.#length);
    this.#omitted += end - start - kept;
    if (kept === 0) return;
    this.#reserve(this.#length + kept);
    this.#buffer.set(source.subarray(start, start + kept), this.#length);
    this.#length += kept;
  }

  /** Counts bytes that are not kept, where nothing is. */
  omit(count: number): void {
    this.#omitted += count;
  }

  /** Adds one byte, 0–255, as far as the limit allows. */
  push(byte: number): void {
    if (this.#length === this.#limit) this.#omitted++;
    else {
      if (this.#length === this.#buffer.length) this.#reserve(this.#length + 1);
      this.#buffer[this.#length++] = byte;
    }
  }

  /** Hands over the collected bytes and starts again from nothing. */
  take(): Uint8Array {
    const { buffer } = this.#buffer;
    const bytes =
      this.#length === 0
        ? EMPTY_BYTES
        : this.#length * 2 > buffer.byteLength
          ? this.#buffer.subarray(0, this.#length)
          : this.#buffer.slice(0, this.#length);
    this.#buffer = EMPTY_BYTES;
    this.#length = 0;
    this.#omitted = 0;
    return bytes;
  }

  #reserve(length: number): void {
    if (length <= this.#buffer.length) return;
    // One append that starts a small payload gets just its size; after that, doubling keeps copies few.
    const capacity =
      this.#buffer.length === 0 ? length : Math.max(length, this.#buffer.length * 2, MIN_GROWN_CAPACITY_BYTES);
    const grown = new Uint8Array(Math.min(capacity, this.#limit));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
