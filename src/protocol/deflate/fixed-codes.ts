import { HuffmanCode } from "./huffman-code.js";

/** The least copy and the extra bits of each length code from 257 on (RFC 1951 §3.2.5). */
export const LENGTH_EXTRA: readonly number[] = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
export const LENGTH_BASE: readonly number[] = computeBases(LENGTH_EXTRA, 3).with(28, 258);
/** The same for each distance code. */
export const DISTANCE_EXTRA: readonly number[] = [0, 0, 0, 0, ...Array.from({ length: 26 }, (_, i) => (i >> 1) + 1)];
export const DISTANCE_BASE: readonly number[] = computeBases(DISTANCE_EXTRA, 1);

function computeBases(extra: readonly number[], first: number): number[] {
  let next = first;
  return extra.map((bits) => {
    const base = next;
    next += 1 << bits;
    return base;
  });
}

/** The order of the code length code lengths (§3.2.7). */
export const CODE_LENGTH_ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
export const END_OF_BLOCK = 256;
export const LITERAL_CODE_COUNT = 286;
export const DISTANCE_CODE_COUNT = 30;

/** The codes of a block's literals and lengths, and of its distances. */
export interface BlockCodes {
  readonly literals: HuffmanCode;
  readonly distances: HuffmanCode;
}

let cachedFixedCodes: BlockCodes | null = null;

/** The codes that need no description (§3.2.6); made when they are first needed, which takes a millisecond. */
export function fixedCodes(): BlockCodes {
  if (cachedFixedCodes !== null) return cachedFixedCodes;
  cachedFixedCodes = { literals: new HuffmanCode(288), distances: new HuffmanCode(32) };
  const lengths = Uint8Array.from({ length: 288 }, (_, symbol) =>
    symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8,
  );
  cachedFixedCodes.literals.define(lengths, 0, 288);
  cachedFixedCodes.distances.define(new Uint8Array(32).fill(5), 0, 32);
  return cachedFixedCodes;
}
