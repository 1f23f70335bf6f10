import type { SafeText } from "../bytes/safe-text.js";

/** A byte as a character one column wide: a control picture for a control, a dot for a byte beyond ASCII. */
export function formatByteGlyph(byte: number): SafeText {
  return chooseGlyph(byte) as SafeText;
}

function chooseGlyph(byte: number): string {
  if (byte < 0x20) return String.fromCharCode(0x2400 + byte);
  if (byte === 0x7f) return "\u2421";
  return byte < 0x7f ? String.fromCharCode(byte) : "\u00b7";
}
