const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 };

/**
 * Reads a size as options write it: `4096`, `64KiB`, `1MiB`, `1GiB` (letters in any case).
 *
 * @returns bytes, 0 to 2^53-1, or `null` when the text is no size
 */
export function parseSize(text: string): number | null {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(text.trim());
  const factor = match === null ? undefined : SIZE_UNITS[(match[2] as string).toLowerCase()];
  if (match === null || factor === undefined) return null;
  const size = Number(match[1]) * factor;
  return Number.isSafeInteger(size) ? size : null;
}

/** A limit in its largest whole unit: `64 MiB`, `16 KiB`. */
export function formatSize(bytes: number): string {
  return bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}

/** A whole number with thousands separated by commas: `2,928`. */
export function formatNumber(value: number | bigint): string {
  const digits = value.toString();
  let text = digits.slice(-3);
  for (let end = digits.length - 3; end > 0; end -= 3) text = `${digits.slice(Math.max(0, end - 3), end)},${text}`;
  return text;
}

/** A count with its noun: `1 byte`, `2,928 bytes`. */
export function formatCount(value: number | bigint, noun: string): string {
  return `${formatNumber(value)} ${noun}${BigInt(value) === 1n ? "" : "s"}`;
}
