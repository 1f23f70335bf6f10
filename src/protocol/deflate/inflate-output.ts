/** Takes what comes out. */
export interface InflateSink {
  /** The next bytes, `bytes[start, end)`, valid only during the call. */
  writeInflated(bytes: Uint8Array, start: number, end: number): void;
}

const INITIAL_RING_BYTES = 4096;
/** The four bytes that stand for a message's end may be taken for as much as this, which may be taken back. */
const MAX_REWOUND_BYTES = 8192;

/** What comes out of compressed data: the last bytes of it, from which later ones may be copied, and its way to the sink. */
export class InflateOutput {
  readonly #sink: InflateSink;
  readonly #window: number;
  /** The last bytes that came out: the window, and those that are not handed over yet. */
  #ring: Uint8Array = new Uint8Array(0);
  /** Where the message began, and where it is to be stopped. */
  #messageStart = 0;
  #maxPosition = Number.POSITIVE_INFINITY;
  /** Bytes that came out since the context began. */
  position = 0;
  /** How many of them have been handed over. */
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

  /** No more than so many bytes of the message are to come out. */
  setLimit(bytes: number): void {
    this.#maxPosition = this.#messageStart + bytes;
  }

  /** The next bytes cannot be copies of those before. */
  resetContext(): void {
    this.position = 0;
    this.flushed = 0;
  }

  /** What came out behind `position` is not the sender's; so little is not handed over yet. */
  rewind(position: number): void {
    this.position = position;
    this.flushed = position;
  }

  /** The next byte; false when it is not to come out. */
  put(byte: number): boolean {
    if (!this.#makeRoom()) return false;
    this.#ring[this.position & (this.#ring.length - 1)] = byte;
    this.position++;
    return true;
  }

  /** Copies `length` bytes from `distance` bytes back; false when not all of them are to come out. */
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

  /** Hands over what came out. */
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

  /** Makes sure that the next byte overwrites none that is still needed; false when it is not to come out. */
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
