/*
 * Searches four bytes of text at once. In the result, the highest bit of each byte that matches is set, and perhaps that of
 * bytes above it; it is never set without a match.
 */

const HIGH_BITS = 0x80808080;

/** Whether one of four bytes is a control (below 20, or 7f) or a backslash, which no view writes as it is. */
export function hasControlOrBackslash(word: number): boolean {
  return (((word - 0x20202020) | (word + 0x01010101) | matchBytes(word, 0x5c5c5c5c)) & ~word & HIGH_BITS) !== 0;
}

/** Whether one of four bytes is a quote. */
export function hasQuote(word: number): boolean {
  return (matchBytes(word, 0x22222222) & ~word & HIGH_BITS) !== 0;
}

/** Where bytes below 80 equal those of `four`, their highest bit is set. */
function matchBytes(word: number, four: number): number {
  return (word ^ four) - 0x01010101;
}
