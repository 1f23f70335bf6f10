/** The longest code, in bits (RFC 1951 §3.2.2, §3.2.7). */
const MAX_CODE_BITS = 15;
/** Codes up to this length are found with one look into a table. */
const FAST_BITS = 9;

/** No code begins with the bits that are there: more are needed. */
export const MORE_BITS = -1;
/** The bits are no code. */
export const NO_CODE = -2;

/** Where the symbols of each length begin, and the next code of each length, while a code is defined. */
const SYMBOL_OFFSETS = new Uint16Array(MAX_CODE_BITS + 2);
const NEXT_CODES = new Uint16Array(MAX_CODE_BITS + 2);

/** A canonical Huffman code of DEFLATE, from the lengths of its codes (RFC 1951 §3.2.2). */
export class HuffmanCode {
  /** By the next bits of the input, first bit lowest: symbol × 16 + length, 0 where the code is longer or none. */
  readonly #fastTable = new Uint16Array(1 << FAST_BITS);
  /** How many codes there are of each length. */
  readonly #counts = new Uint16Array(MAX_CODE_BITS + 1);
  /** For each length, the first number that no longer code begins with. */
  readonly #ends = new Uint16Array(MAX_CODE_BITS + 2);
  /** The symbols, sorted by the length of their codes and then by value. */
  readonly #symbols: Uint16Array;

  /** @param most symbols that there can be */
  constructor(most: number) {
    this.#symbols = new Uint16Array(most);
  }

  /**
   * Takes over a code, given as the length of each symbol's code, `lengths[from, to)`, 0 for a symbol without.
   *
   * @returns how many codes of the longest length are missing: 0 for a complete code, negative for too many codes
   */
  define(lengths: Uint8Array, from: number, to: number): number {
    const counts = this.#counts.fill(0);
    for (let i = from; i < to; i++) (counts[lengths[i] as number] as number)++;
    counts[0] = 0;
    let left = 1;
    for (let length = 1; length <= MAX_CODE_BITS; length++) left = left * 2 - (counts[length] as number);
    if (left < 0) return left;
    this.#findEnds();
    this.#sort(lengths, from, to);
    return left;
  }

  /** The length of the longest code, in bits. */
  get maxCodeBits(): number {
    return this.#counts.findLastIndex((count) => count > 0);
  }

  /** Works out which bits may still become a code: where a code is not complete, some cannot. */
  #findEnds(): void {
    const ends = this.#ends.fill(0);
    let first = 0;
    const firsts: number[] = [];
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      firsts[length] = first;
      first = (first + (this.#counts[length] as number)) << 1;
    }
    for (let length = MAX_CODE_BITS; length >= 1; length--) {
      const longer = ((ends[length + 1] as number) + 1) >> 1;
      const own =
        (this.#counts[length] as number) === 0 ? 0 : (firsts[length] as number) + (this.#counts[length] as number);
      ends[length] = Math.max(own, longer);
    }
  }

  #sort(lengths: Uint8Array, from: number, to: number): void {
    const fast = this.#fastTable.fill(0);
    const offsets = SYMBOL_OFFSETS.fill(0);
    const next = NEXT_CODES.fill(0);
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      const count = this.#counts[length] as number;
      offsets[length + 1] = (offsets[length] as number) + count;
      next[length + 1] = ((next[length] as number) + count) << 1;
    }
    for (let i = from; i < to; i++) {
      const length = lengths[i] as number;
      if (length === 0) continue;
      const symbol = i - from;
      this.#symbols[(offsets[length] as number)++] = symbol;
      const code = (next[length] as number)++;
      if (length > FAST_BITS) continue;
      for (let at = reverseBits(code, length); at < fast.length; at += 1 << length) fast[at] = (symbol << 4) | length;
    }
  }

  /**
   * Looks for a code at the start of `hold`.
   *
   * @param hold the next bits of the input, first bit lowest
   * @param bits how many of them are there
   * @returns symbol × 16 + length, or {@link MORE_BITS}, or {@link NO_CODE}
   */
  find(hold: number, bits: number): number {
    const entry = this.#fastTable[hold & ((1 << FAST_BITS) - 1)] as number;
    if (entry !== 0) return (entry & 15) <= bits ? entry : MORE_BITS;
    return this.#findLong(hold, bits);
  }

  /** Goes from length to length: in each, the codes are consecutive numbers. */
  #findLong(hold: number, bits: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      if (length > bits) return MORE_BITS;
      code |= (hold >>> (length - 1)) & 1;
      const count = this.#counts[length] as number;
      if (code - first < count) return ((this.#symbols[index + code - first] as number) << 4) | length;
      if (code >= (this.#ends[length] as number)) return NO_CODE;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return NO_CODE;
  }
}

/** Codes are packed with their highest bit first (RFC 1951 §3.1.1). */
function reverseBits(code: number, length: number): number {
  let turned = 0;
  for (let bit = 0; bit < length; bit++) turned |= ((code >> bit) & 1) << (length - 1 - bit);
  return turned;
}
