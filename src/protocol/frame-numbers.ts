/**
 * The numbers of a message's frames in the connection, in ascending order. What follows one another takes no more room than its
 * ends, so that a message of a million fragments takes next to nothing.
 */
export class FrameNumbers implements Iterable<number> {
  /** First and last of each run, in turn. */
  readonly #ends: number[] = [];
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
    return this.#ends[0] ?? null;
  }

  get last(): number | null {
    return this.#ends.at(-1) ?? null;
  }

  /** Adds a number that is larger than all before it. */
  add(number: number): void {
    const ends = this.#ends;
    if (ends.length > 0 && ends[ends.length - 1] === number - 1) ends[ends.length - 1] = number;
    else ends.push(number, number);
    this.#count++;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.#ends.length; i += 2) {
      const last = this.#ends[i + 1] as number;
      for (let number = this.#ends[i] as number; number <= last; number++) yield number;
    }
  }

  /** Whether any of them is from `first` to `last`; none is, where `last` is before `first`. */
  meets(first: number, last: number): boolean {
    for (let i = 0; i < this.#ends.length; i += 2)
      if (Math.max(this.#ends[i] as number, first) <= Math.min(this.#ends[i + 1] as number, last)) return true;
    return false;
  }
}
