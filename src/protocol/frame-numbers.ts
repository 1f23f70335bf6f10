const EMPTY_BYTES = new Uint8Array(0);
/** Bytes that a number up to 2^53 takes at most, with 7 bits in each. */
const MAX_NUMBER_BYTES = 8;

/**
 * The numbers of a message's frames in the connection, in ascending order. Numbers that follow one another form a run, of which
 * only the ends are kept: a million fragments in a row take next to nothing. Where a control frame stands before each fragment,
 * a run is one number, and takes 2 bytes; 4 with the room that the buffer has for more. The two frames have at least 4 bytes.
 */
export class FrameNumbers implements Iterable<number> {
  /**
   * Two numbers for each run that is over, as {@link #keep} writes them: the distance from the last number of the run before to
   * its first number, and from its first to its last.
   */
  #runs: Uint8Array = EMPTY_BYTES;
  #length = 0;
  /** The last number of the runs that are over. */
  #lastWritten = 0;
  /** The run that the next number may belong to. */
  #runStart = 0;
  #runEnd = 0;
  #first = 0;
  #count = 0;

  constructor(...numbers: readonly number[]) {
    for (const number of numbers) this.add(number);
  }

  /** How many they are. */
  get count(): number {
    return this.#count;
  }

  /** The first; `null` when there are none, in an input that has no frames. */
  get first(): number | null {
    return this.#count === 0 ? null : this.#first;
  }

  get last(): number | null {
    return this.#count === 0 ? null : this.#runEnd;
  }

  /** Adds a number that is larger than all before it. */
  add(number: number): void {
    if (this.#count === 0) this.#first = this.#runStart = number;
    else if (number !== this.#runEnd + 1) {
      this.#writeRun();
      this.#runStart = number;
    }
    this.#runEnd = number;
    this.#count++;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const [from, to] of this.#allRuns()) for (let number = from; number <= to; number++) yield number;
  }

  /** Whether any of them is from `first` to `last`; none is, where `last` is before `first`. */
  hasAnyBetween(first: number, last: number): boolean {
    for (const [from, to] of this.#allRuns()) if (Math.max(from, first) <= Math.min(to, last)) return true;
    return false;
  }

  /** The first and last number of each run. */
  *#allRuns(): Iterable<readonly [number, number]> {
    if (this.#count === 0) return;
    const runs = this.#runs;
    let at = 0;
    let end = 0;
    const next = (): number => {
      let value = 0;
      for (let unit = 1; ; unit *= 0x80) {
        const byte = runs[at++] as number;
        value += (byte & 0x7f) * unit;
        if (byte < 0x80) return value;
      }
    };
    while (at < this.#length) {
      const from = end + next();
      end = from + next();
      yield [from, end];
    }
    yield [this.#runStart, this.#runEnd];
  }

  #writeRun(): void {
    if (this.#length + 2 * MAX_NUMBER_BYTES > this.#runs.length) {
      const grown = new Uint8Array(2 * (this.#length + MAX_NUMBER_BYTES));
      grown.set(this.#runs);
      this.#runs = grown;
    }
    this.#writeNumber(this.#runStart - this.#lastWritten);
    this.#writeNumber(this.#runEnd - this.#runStart);
    this.#lastWritten = this.#runEnd;
  }

  /** Keeps a number from 0 on, 7 bits a byte, the lowest first; each byte but the last has its high bit set. */
  #writeNumber(number: number): void {
    let rest = number;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#runs[this.#length++] = (rest % 0x80) | 0x80;
    this.#runs[this.#length++] = rest;
  }
}
