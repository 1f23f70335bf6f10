import { isEmoji, splitGraphemes } from "./graphemes.js";
import { formatCount } from "./size.js";

/*
 * Most of the text that wsframe shows comes from the wire and is untrusted. All terminal output has the type SafeText, which only
 * this file creates: text that was not escaped here does not compile where it would be written. Views that cut or colour safe text
 * cast the result themselves; a test lists their files.
 */

declare const ESCAPED: unique symbol;

/** Text that is safe for a terminal: no controls, bidi, zero-width or other invisible characters, except for the theme's colours. */
export type SafeText = string & { readonly [ESCAPED]: true };

/** Printable ASCII without a backslash, which needs no escaping. */
const UNESCAPED_ASCII = /^[ -[\]-~]*$/;
const PRINTABLE_ASCII = /^[ -~]*$/;
/** This Unicode pattern takes ten milliseconds to build, so it is built on first use. */
let unsafePattern: RegExp | null = null;

/** Characters that are unsafe or invisible: controls, formats, bidi, zero-width, surrogates, private use, unassigned. */
function isUnsafe(character: string): boolean {
  unsafePattern ??= /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
  return unsafePattern.test(character);
}

const DOTTED_CIRCLE = "\u25cc";
const LEADING_MARK = /^\p{M}/u;
/** Characters without a column of their own: marks, and the vowels and finals of decomposed Hangul. */
const COMBINING_CHARACTER = /^[\p{M}\u1160-\u11ff]/u;
/** The maximum number of marks on one character: no script uses more, and they would overlap other lines. */
const MAX_MARKS_PER_GRAPHEME = 6;

const NAMED_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/**
 * Escapes text from the wire so that it cannot be confused with our own: invisible characters become `\n`, `\x1b` or `\u{202e}`,
 * and a backslash is doubled. Emoji keep the joiners and selectors that combine them into one picture.
 */
export function escapeText(text: string): SafeText {
  if (UNESCAPED_ASCII.test(text)) return text as SafeText;
  return makeSafe(text.replaceAll("\\", "\\\\"));
}

/**
 * Escapes the unsafe characters in a sentence that may contain text from the wire. Safe text and backslashes stay
 * unchanged, so use {@link escapeText} for text that comes only from the wire.
 */
export function makeSafe(text: string): SafeText {
  if (PRINTABLE_ASCII.test(text) || isCommonText(text)) return text as SafeText;
  return splitGraphemes(text)
    .map((grapheme, index, all) => escapeGrapheme(grapheme, all[index - 1]))
    .join("") as SafeText;
}

/** The maximum length of wire text in a sentence, in characters. */
const MAX_QUOTED_CHARACTERS = 200;

/** Text from the wire for a sentence: escaped, and cut if long, with `…` and its length. */
export function excerpt(text: string): SafeText {
  return text.length <= MAX_QUOTED_CHARACTERS
    ? escapeText(text)
    : (`${escapeStart(text)}… (${formatCount(text.length, "character")})` as SafeText);
}

/** Text from the wire for a sentence, in quotes: escaped, and cut if long, with `…` and its length. */
export function quote(text: string): SafeText {
  const isCut = text.length > MAX_QUOTED_CHARACTERS;
  const escaped = (isCut ? escapeStart(text) : escapeText(text)).replaceAll('"', '\\"');
  return `"${escaped}${isCut ? `…" (${formatCount(text.length, "character")})` : '"'}` as SafeText;
}

function escapeStart(text: string): SafeText {
  return escapeText(text.slice(0, MAX_QUOTED_CHARACTERS).replace(/[\ud800-\udbff]$/, ""));
}

/** A template tag that joins safe texts and numbers. */
export function safely(parts: TemplateStringsArray, ...values: readonly (SafeText | number)[]): SafeText {
  let whole = parts[0] as string;
  for (let i = 0; i < values.length; i++) whole += `${values[i]}${parts[i + 1]}`;
  return whole as SafeText;
}

/** Joins safe texts with a separator. */
export function joinSafe(texts: readonly SafeText[], between: "" | "\n"): SafeText {
  return texts.join(between) as SafeText;
}

/** Makes each line of a text safe. */
export function makeLinesSafe(text: string): SafeText {
  return joinSafe(text.split("\n").map(makeSafe), "\n");
}

/** A number of blanks. */
export function spaces(count: number): SafeText {
  return " ".repeat(count) as SafeText;
}

/**
 * Whether a text has only visible characters of common scripts and signs, so that it needs neither
 * the Unicode pattern nor the segmenter.
 */
function isCommonText(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isCommonUnit(text.charCodeAt(i))) return false;
  return true;
}

function isCommonUnit(unit: number): boolean {
  if (unit < 0x7f) return unit >= 0x20;
  if (unit < 0x300) return unit >= 0xa1 && unit !== 0xad;
  if (unit < 0x530) return (unit >= 0x400 && unit < 0x483) || (unit >= 0x48a && unit < 0x530);
  if (unit < 0x2600)
    return (unit >= 0x2010 && unit < 0x2028) || (unit >= 0x2190 && unit < 0x231a) || (unit >= 0x2500 && unit < 0x25fd);
  if (unit < 0x3041) return unit === 0x2717 || (unit >= 0x3001 && unit < 0x302a);
  if (unit < 0x4e00) return unit < 0x3097 || (unit >= 0x30a1 && unit < 0x3100);
  return unit < 0xa000 || (unit >= 0xac00 && unit < 0xd7a4) || (unit >= 0xff01 && unit < 0xff5f);
}

function escapeGrapheme(grapheme: string, before: string | undefined): string {
  if (isEmoji(grapheme)) return grapheme;
  // A combining mark without a base gets a dotted circle.
  let shown = LEADING_MARK.test(grapheme) && before !== DOTTED_CIRCLE ? DOTTED_CIRCLE : "";
  let marks = 0;
  for (const character of grapheme) {
    const tooMany = COMBINING_CHARACTER.test(character) && ++marks > MAX_MARKS_PER_GRAPHEME;
    shown += tooMany || isUnsafe(character) ? escapeCharacter(character) : character;
  }
  return shown;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
