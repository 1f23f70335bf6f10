import type { SafeText } from "../bytes/safe-text.js";

/** One column for a byte that is shown as a character: its picture when it is a control, a dot beyond ASCII. */
export function formatByteGlyph(byte: number): SafeText {
  return chooseGlyph(byte) as SafeText;
}

function chooseGlyph(byte: number): string {
  if (byte < 0x20) return String.fromCharCode(0x2400 + byte);
  if (byte === 0x7f) return "\u2421";
  return byte < 0x7f ? String.fromCharCode(byte) : "\u00b7";
}
