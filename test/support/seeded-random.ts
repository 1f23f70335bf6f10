/** Repeated words, so that compressed messages copy from earlier ones; characters have one to four bytes in UTF-8. */
const WORDS = [
  "wsframe ",
  "frame ",
  "Größe ",
  "世界",
  "👩‍🚀",
  "🙂 ",
  "naïve ",
  "\u{10ffff}",
  "\0",
  '{"id":',
  "}, ",
  "\r\n",
];

/** Random choices that are the same in every run (mulberry32). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 to `end`, exclusive. */
  integerBelow(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  /** True with a probability of so many percent. */
  chance(share: number): boolean {
    return this.integerBelow(100) < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.integerBelow(list.length)] as T;
  }

  /** A size in bytes from nothing to a few KiB, mostly small. */
  payloadSize(): number {
    return this.integerBelow(this.pick([1, 20, 130, 130, 600, 4000]) + 1);
  }

  bytes(length: number): Buffer {
    const unlike = this.pick([2, 16, 256]);
    return Buffer.from(Array.from({ length }, () => this.integerBelow(unlike)));
  }

  /** Text of at least so many bytes, and only slightly more. */
  text(length: number): Buffer {
    const parts: Buffer[] = [];
    for (let long = 0; long < length; long += (parts.at(-1) as Buffer).length) {
      const word = this.chance(60) ? this.pick(WORDS) : String.fromCodePoint(0x20 + this.integerBelow(0x300));
      parts.push(Buffer.from(word));
    }
    return Buffer.concat(parts);
  }

  /** Cuts bytes into one or more pieces, some of them empty. */
  split(bytes: Buffer): Buffer[] {
    if (this.chance(60)) return [bytes];
    const cuts = Array.from({ length: 1 + this.integerBelow(5) }, () => this.integerBelow(bytes.length + 1)).sort(
      (a, b) => a - b,
    );
    return [0, ...cuts].map((start, i) => bytes.subarray(start, cuts[i] ?? bytes.length));
  }
}
