import { HEX_DIGIT_VALUES } from "../bytes/hex.js";

/** The byte that two hex digits at an index of a text give, 0–255; -1 if one of them is not a hex digit. */
export function parseHexPair(text: string, at: number): number {
  const high = HEX_DIGIT_VALUES[text.charCodeAt(at)] ?? -1;
  const low = HEX_DIGIT_VALUES[text.charCodeAt(at + 1)] ?? -1;
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

/** The index of the first of two characters that is not a hex digit, where `parseHexPair` found one. */
export function findHexFault(text: string, at: number): number {
  return (HEX_DIGIT_VALUES[text.charCodeAt(at)] ?? -1) < 0 ? at : at + 1;
}
