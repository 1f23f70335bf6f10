/** Bytes that are kept, at most; a power of two. */
const MOST = 16 * 1024;
const FIRST = 512;

/** The last bytes of a TCP stream that were passed on, to compare copies of them with. */
export class RecentBytes {
  #ring: Uint8Array = new Uint8Array(0);
  /** Where the next byte goes, and how many before it are kept. */
  #at = 0;
  #length = 0;
  /** Sequence number of the next byte. */
  #next = 0;

  /** Keeps bytes, the first of which has that sequence number. Those before are of no use when they do not end there. */
  add(sequence: number, bytes: Uint8Array): void {
    if (sequence !== this.#next) this.#length = 0;
    this.#next = (sequence + bytes.length) >>> 0;
    const kept = bytes.length > MOST ? bytes.subarray(bytes.length - MOST) : bytes;
    this.#makeRoom(kept.length);
    const ring = this.#ring;
    const first = Math.min(kept.length, ring.length - this.#at);
    ring.set(first === kept.length ? kept : kept.subarray(0, first), this.#at);
    if (first < kept.length) ring.set(kept.subarray(first), 0);
    this.#at = (this.#at + kept.length) & (ring.length - 1);
    this.#length = Math.min(ring.length, this.#length + kept.length);
  }

  /** Whether a copy differs from those of its bytes that are kept. */
  differs(sequence: number, copy: Uint8Array): boolean {
    const ring = this.#ring;
    // How far back the copy's first byte stands.
    const back = (this.#next - sequence) | 0;
    for (let i = Math.max(0, back - this.#length); i < copy.length && i < back; i++) {
      if (copy[i] !== ring[(this.#at - back + i) & (ring.length - 1)]) return true;
    }
    return false;
  }

  /** A connection that says little takes little. */
  #makeRoom(count: number): void {
    const needed = Math.min(MOST, this.#length + count);
    if (needed <= this.#ring.length) return;
    let size = Math.max(FIRST, this.#ring.length);
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    for (let i = 0; i < this.#length; i++)
      larger[i] = this.#ring[(this.#at - this.#length + i) & (this.#ring.length - 1)] as number;
    this.#ring = larger;
    this.#at = this.#length & (size - 1);
  }
}
