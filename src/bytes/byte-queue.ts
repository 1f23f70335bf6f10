const EMPTY = new Uint8Array(0);

/** Bytes that come in pieces and are taken in others: those that are not taken yet are kept. */
export class ByteQueue {
  #bytes: Uint8Array = EMPTY;
  #at = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** Adds a piece. It is copied unless nothing waits, so it must not change until it is taken or {@link keep} was called. */
  push(piece: Uint8Array): void {
    this.#bytes = this.length === 0 ? piece : Buffer.concat([this.#bytes.subarray(this.#at), piece]);
    this.#at = 0;
  }

  /** The next bytes, which go on waiting; fewer where fewer wait. */
  peek(count: number): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#at + count);
  }

  /** The next bytes; fewer where fewer wait. They are valid until the next push. */
  take(count: number): Uint8Array {
    const taken = this.peek(count);
    this.#at += taken.length;
    return taken;
  }

  /** Copies what waits, so that the piece it came in may change. */
  keep(): void {
    this.#bytes = this.length === 0 ? EMPTY : this.#bytes.slice(this.#at);
    this.#at = 0;
  }
}
