/** Receives inflated bytes. */
export interface InflateSink {
  /** The next bytes, `bytes[start, end)`, valid only during the call. */
  writeInflated(bytes: Uint8Array, start: number, end: number): void;
}

const INITIAL_RING_BYTES = 4096;
/** The four bytes appended to a message may inflate to as much as this, which must be possible to take back. */
const MAX_REWOUND_BYTES = 8192;

/** Inflated data: keeps its last bytes, from which later ones may be copied, and passes all to the sink. */
export class InflateOutput {
  readonly #sink: InflateSink;
  readonly #window: number;
  /** The last inflated bytes: the window, and those that were not passed to the sink yet. */
  #ring: Uint8Array = new Uint8Array(0);
  /** Where the message began, and where it is to be stopped. */
  #messageStart = 0;
  #maxPosition = Number.POSITIVE_INFINITY;
  /** Bytes that came out since the context began. */
  position = 0;
  /** How many of them were passed to the sink. */
  flushed = 0;
  /** Whether the message was stopped at its limit. */
  isLimited = false;

  /** @param window how far back a copy may reach, in bytes */
  constructor(window: number, sink: InflateSink) {
    this.#window = window;
    this.#sink = sink;
  }

  /** A message begins. */
  begin(): void {
    this.#messageStart = this.position;
    this.#maxPosition = Number.POSITIVE_INFINITY;
    this.isLimited = false;
  }

  /** Stops the message after `bytes` inflated bytes. */
  setLimit(bytes: number): void {
    this.#maxPosition = this.#messageStart + bytes;
  }

  /** The next bytes cannot be copies of those before. */
  resetContext(): void {
    this.position = 0;
    this.flushed = 0;
  }

  /** Takes back the bytes after `position`, which are not the sender's and were not passed to the sink yet. */
  rewind(position: number): void {
    this.position = position;
    this.flushed = position;
  }

  /** Adds a byte. @returns false at the limit */
  put(byte: number): boolean {
    if (!this.#makeRoom()) return false;
    this.#ring[this.position & (this.#ring.length - 1)] = byte;
    this.position++;
    return true;
  }

  /** Copies `length` bytes from `distance` bytes back. @returns false at the limit */
  copy(distance: number, length: number): boolean {
    for (let left = length; left > 0; ) {
      if (!this.#makeRoom()) return false;
      const ring = this.#ring;
      const mask = ring.length - 1;
      const count = Math.min(left, this.#freeBytes());
      const end = this.position + count;
      for (let at = this.position; at < end; at++) ring[at & mask] = ring[(at - distance) & mask] as number;
      this.position = end;
      left -= count;
    }
    return true;
  }

  /** Passes the new bytes to the sink. */
  flush(): void {
    const mask = this.#ring.length - 1;
    while (this.flushed < this.position) {
      const start = this.flushed & mask;
      const end = Math.min(this.#ring.length, start + this.position - this.flushed);
      this.#sink.writeInflated(this.#ring, start, end);
      this.flushed += end - start;
    }
  }

  /** How many bytes there is room for, where there is room for one. */
  #freeBytes(): number {
    const { length } = this.#ring;
    const unused = length - this.position;
    const free = unused > 0 ? unused : length - this.#window - (this.position - this.flushed);
    return Math.min(free, this.#maxPosition - this.position);
  }

  /** Makes sure that the next byte overwrites none that is still needed. @returns false at the limit */
  #makeRoom(): boolean {
    if (this.position === this.#maxPosition) {
      this.isLimited = true;
      return false;
    }
    if (this.position < this.#ring.length) return true;
    if (this.#ring.length < this.#window + Math.max(this.#window, MAX_REWOUND_BYTES)) {
      const larger = new Uint8Array(Math.max(INITIAL_RING_BYTES, this.#ring.length * 4));
      larger.set(this.#ring);
      this.#ring = larger;
    } else if (this.position - this.flushed >= this.#ring.length - this.#window) this.flush();
    return true;
  }
}
