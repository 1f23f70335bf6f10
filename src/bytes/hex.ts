const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Two lower-case hex digits for a byte of 0–255. */
export function formatHexByte(byte: number): string {
  return HEX_BYTES[byte & 0xff] as string;
}

/** The bytes as lower-case hex pairs, with `separator` between them. */
export function formatHexBytes(bytes: Uint8Array, separator = " "): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += (i === 0 ? "" : separator) + formatHexByte(bytes[i] as number);
  return text;
}

/** An unsigned 32-bit number as 8 hex digits. */
export function formatHexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

/** The value of each ASCII code that is a hex digit, -1 for every other code of 0–255. */
export const HEX_DIGIT_VALUES: Int8Array = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX_DIGIT_VALUES[digit.charCodeAt(0)] = value;
  HEX_DIGIT_VALUES[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Parses pairs of hex digits, with blanks, commas or colons between them, and `0x` before them; `null` for other text. */
export function parseHex(text: string): Uint8Array | null {
  const digits = text.replace(/0x/gi, "").replace(/[\s,:]/g, "");
  if (digits.length === 0 || digits.length % 2 === 1 || /[^0-9a-f]/i.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}
