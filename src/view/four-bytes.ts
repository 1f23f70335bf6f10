/*
 * What stands among four bytes of text, told in one go: the highest bit of a byte that is looked for is set in the answer, and
 * perhaps that of bytes above it, never one where none is there.
 */

const HIGHEST_BITS = 0x80808080;

/** Whether one of four bytes is a control: below 20, or 7f. */
export function hasControl(word: number): boolean {
  return ((((word - 0x20202020) & ~word) | found(word, 0x7f7f7f7f)) & HIGHEST_BITS) !== 0;
}

/** Whether one of four bytes is the one that `four` has four times. */
export function hasByte(word: number, four: number): boolean {
  return (found(word, four) & HIGHEST_BITS) !== 0;
}

function found(word: number, four: number): number {
  const zero = word ^ four;
  return (zero - 0x01010101) & ~zero;
}
