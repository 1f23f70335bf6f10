const PRINTABLE_ASCII = /^[ -~]*$/;
/*
 * The table of emoji takes ten milliseconds to build, and the segmenter twenty-five: both are made when a text first needs
 * them, which most texts, being ASCII, never do.
 */
let emojiPattern: RegExp | null = null;
let segmenter: Intl.Segmenter | null = null;

/** Whether a grapheme is a picture, of one or several code points. */
export function isEmoji(grapheme: string): boolean {
  emojiPattern ??= /^\p{RGI_Emoji}$/v;
  return emojiPattern.test(grapheme);
}

/** The characters of a text as a person sees them. */
export function splitGraphemes(text: string): string[] {
  if (PRINTABLE_ASCII.test(text)) return text.split("");
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
