import {
  type BlockCodes,
  CODE_LENGTH_ORDER,
  DISTANCE_CODE_COUNT,
  END_OF_BLOCK,
  LITERAL_CODE_COUNT,
} from "./fixed-codes.js";
import { HuffmanCode, MORE_BITS, NO_CODE } from "./huffman-code.js";

/** Codes for code lengths: symbols 0 to 18. */
const LENGTH_CODE_COUNT = 19;

/** The bits of a block, in the order in which the decoder takes them. */
export interface BitSource {
  /** Makes sure of `count` bits, at most 24. @returns false when the input does not have them yet */
  fill(count: number): boolean;
  /** The next `count` bits as a number, first bit lowest. {@link fill} has made sure of them. */
  take(count: number): number;
  /** The next code's symbol × 16 + length, its bits not taken yet; MORE_BITS when they are not there yet, or NO_CODE. */
  findCode(code: HuffmanCode): number;
}

/** What reading a description came to: its codes, `null` when more input is needed, or "wrong" when it breaks the format. */
export type DescribedCodes = BlockCodes | "wrong" | null;

/** Reads the codes that a block of DEFLATE describes itself (RFC 1951 §3.2.7), whatever pieces they come in. */
export class CodeDescription {
  readonly #bits: BitSource;
  readonly #lengthCode = new HuffmanCode(LENGTH_CODE_COUNT);
  readonly #codes: BlockCodes = {
    literals: new HuffmanCode(LITERAL_CODE_COUNT),
    distances: new HuffmanCode(DISTANCE_CODE_COUNT),
  };
  readonly #lengths = new Uint8Array(LITERAL_CODE_COUNT + DISTANCE_CODE_COUNT);
  /** What is read next, and how many lengths of that have been read. */
  #part: "counts" | "length-code" | "lengths" = "counts";
  #read = 0;
  #lengthCodeCount = 0;
  #literalCount = 0;
  #distanceCount = 0;

  constructor(bits: BitSource) {
    this.#bits = bits;
  }

  /** Starts the description of another block. */
  begin(): void {
    this.#part = "counts";
  }

  /** Reads on. The codes are valid until the next description begins. */
  read(): DescribedCodes {
    if (this.#part === "counts") {
      if (!this.#bits.fill(14)) return null;
      if (!this.#readCounts()) return "wrong";
    }
    if (this.#part === "length-code") {
      if (!this.#readLengthCode()) return null;
      if (this.#lengthCode.define(this.#lengths, 0, LENGTH_CODE_COUNT) !== 0) return "wrong";
      this.#part = "lengths";
      this.#read = 0;
    }
    return this.#readLengths();
  }

  #readCounts(): boolean {
    this.#literalCount = this.#bits.take(5) + 257;
    this.#distanceCount = this.#bits.take(5) + 1;
    this.#lengthCodeCount = this.#bits.take(4) + 4;
    this.#lengths.fill(0, 0, LENGTH_CODE_COUNT);
    this.#part = "length-code";
    this.#read = 0;
    return this.#literalCount <= LITERAL_CODE_COUNT && this.#distanceCount <= DISTANCE_CODE_COUNT;
  }

  #readLengthCode(): boolean {
    for (; this.#read < this.#lengthCodeCount; this.#read++) {
      if (!this.#bits.fill(3)) return false;
      this.#lengths[CODE_LENGTH_ORDER[this.#read] as number] = this.#bits.take(3);
    }
    return true;
  }

  #readLengths(): DescribedCodes {
    const bits = this.#bits;
    const lengths = this.#lengths;
    const all = this.#literalCount + this.#distanceCount;
    while (this.#read < all) {
      const found = bits.findCode(this.#lengthCode);
      if (found === MORE_BITS) return null;
      if (found === NO_CODE) return "wrong";
      const symbol = found >> 4;
      if (symbol < 16) {
        bits.take(found & 15);
        lengths[this.#read++] = symbol;
        continue;
      }
      const extra = symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
      if (!bits.fill((found & 15) + extra)) return null;
      bits.take(found & 15);
      const times = (symbol === 18 ? 11 : 3) + bits.take(extra);
      if (this.#read + times > all || (symbol === 16 && this.#read === 0)) return "wrong";
      const length = symbol === 16 ? (lengths[this.#read - 1] as number) : 0;
      lengths.fill(length, this.#read, this.#read + times);
      this.#read += times;
    }
    return this.#defineCodes(all);
  }

  #defineCodes(all: number): DescribedCodes {
    const { literals, distances } = this.#codes;
    const isUsable =
      this.#lengths[END_OF_BLOCK] !== 0 &&
      defineUsableCode(literals, this.#lengths, 0, this.#literalCount) &&
      defineUsableCode(distances, this.#lengths, this.#literalCount, all);
    return isUsable ? this.#codes : "wrong";
  }
}

/** Defines a code. @returns whether it may be used: a complete one, or one with a single code of one bit, or with none */
function defineUsableCode(code: HuffmanCode, lengths: Uint8Array, from: number, to: number): boolean {
  const left = code.define(lengths, from, to);
  return left === 0 || (left > 0 && code.maxCodeBits <= 1);
}
