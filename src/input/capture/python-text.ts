const SIMPLE: Readonly<Record<string, string>> = { "\\": "\\", "'": "'", '"': '"', n: "\n", r: "\r", t: "\t" };
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The text that Python's `repr` of a string stands for; `null` where it is none, or cut. */
export function readPythonText(source: string): string | null {
  const quote = source[0];
  if ((quote !== "'" && quote !== '"') || source.length < 2 || !source.endsWith(quote)) return null;
  let text = "";
  for (let at = 1; at < source.length - 1; at++) {
    const character = source[at] as string;
    if (character === quote) return null;
    if (character !== "\\") {
      text += character;
      continue;
    }
    const next = source[++at] ?? "";
    const count = DIGITS[next];
    if (count === undefined) {
      const simple = SIMPLE[next];
      if (simple === undefined || at === source.length - 1) return null;
      text += simple;
      continue;
    }
    const digits = source.slice(at + 1, at + 1 + count);
    const point = /^[0-9a-f]+$/.test(digits) && digits.length === count ? Number.parseInt(digits, 16) : 0x110000;
    if (point > 0x10ffff || at + count >= source.length - 1) return null;
    text += String.fromCodePoint(point);
    at += count;
  }
  return text;
}
