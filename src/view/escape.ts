/** Nothing but printable ASCII without a backslash: shown as it is. */
const PLAIN = /^[ -[\]-~]*$/;
const PRINTABLE = /^[ -~]*$/;
/*
 * These tables of Unicode take ten milliseconds to build, and the segmenter twenty-five: they are made when a text first needs
 * them, which most texts, being ASCII, never do.
 */
let unsafePattern: RegExp | null = null;
let emojiPattern: RegExp | null = null;
let segmenter: Intl.Segmenter | null = null;

/** What a terminal must not get, or a person could not see: controls, formats, bidi, zero-width, surrogates, private use, unassigned. */
function isUnsafe(character: string): boolean {
  unsafePattern ??= /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
  return unsafePattern.test(character);
}

/** Whether a grapheme is a picture, of one or several code points. */
export function isEmoji(grapheme: string): boolean {
  emojiPattern ??= /^\p{RGI_Emoji}$/v;
  return emojiPattern.test(grapheme);
}

const MARK = /^\p{M}/u;
/** More marks than this on one character are no script's, and would run over the lines around it. */
const MOST_MARKS = 6;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/** The characters of a text as a person sees them. */
export function graphemes(text: string): string[] {
  if (PRINTABLE.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * Text from the wire, made safe for a terminal: what is not visible stands escaped, as `\n`, `\x1b` or `\u{202e}`, and a
 * backslash as two. Emoji keep the joiners and selectors that make them one picture.
 */
export function safe(text: string): string {
  if (PLAIN.test(text)) return text;
  if (PRINTABLE.test(text)) return text.replaceAll("\\", "\\\\");
  return graphemes(text).map(safeGrapheme).join("");
}

function safeGrapheme(grapheme: string): string {
  if (isEmoji(grapheme)) return grapheme;
  let shown = MARK.test(grapheme) ? "\u25cc" : "";
  let marks = 0;
  for (const character of grapheme) {
    const tooMany = MARK.test(character) && ++marks > MOST_MARKS;
    shown += tooMany || character === "\\" || isUnsafe(character) ? escaped(character) : character;
  }
  return shown;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) as number;
  const named = NAMED[character];
  if (named !== undefined) return named;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** One column for a byte that is shown as a character: its picture when it is a control, a dot beyond ASCII. */
export function byteGlyph(byte: number): string {
  if (byte < 0x20) return String.fromCharCode(0x2400 + byte);
  if (byte === 0x7f) return "\u2421";
  return byte < 0x7f ? String.fromCharCode(byte) : "\u00b7";
}
