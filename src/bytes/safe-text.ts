import { isEmoji, splitGraphemes } from "./graphemes.js";
import { formatCount } from "./size.js";

/*
 * What wsframe shows comes from strangers. Everything that a person's terminal gets is of the type SafeText, which this file
 * makes: text that was not escaped here does not compile where it would be written. The views that cut or colour safe text say
 * so themselves; a test lists their files.
 */

declare const ESCAPED: unique symbol;

/** Text that a terminal may get: no controls, bidi, zero-width or other invisible characters, but the colours of the theme. */
export type SafeText = string & { readonly [ESCAPED]: true };

/** Nothing but printable ASCII without a backslash: shown as it is. */
const UNESCAPED_ASCII = /^[ -[\]-~]*$/;
const PRINTABLE_ASCII = /^[ -~]*$/;
/** This table of Unicode takes ten milliseconds to build: it is made when a text first needs it. */
let unsafePattern: RegExp | null = null;

/** What a terminal must not get, or a person could not see: controls, formats, bidi, zero-width, surrogates, private use, unassigned. */
function isUnsafe(character: string): boolean {
  unsafePattern ??= /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
  return unsafePattern.test(character);
}

const DOTTED_CIRCLE = "\u25cc";
const LEADING_MARK = /^\p{M}/u;
/** What takes no column of its own: marks, and the vowels and finals of Hangul written in parts. */
const COMBINING_CHARACTER = /^[\p{M}\u1160-\u11ff]/u;
/** More marks than this on one character are no script's, and would run over the lines around it. */
const MAX_MARKS_PER_GRAPHEME = 6;

const NAMED_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/**
 * Text from the wire, as a reader can tell it from ours: what is not visible is escaped, as `\n`, `\x1b` or `\u{202e}`, and
 * a backslash as two. Emoji keep the joiners and selectors that make them one picture.
 */
export function escapeText(text: string): SafeText {
  if (UNESCAPED_ASCII.test(text)) return text as SafeText;
  return makeSafe(text.replaceAll("\\", "\\\\"));
}

/**
 * A sentence that may have text from the wire in it, with every character escaped that a terminal must not get. Safe text stays
 * as it is, and so do backslashes: text from the wire alone is better escaped by {@link escapeText}.
 */
export function makeSafe(text: string): SafeText {
  if (PRINTABLE_ASCII.test(text) || isCommonText(text)) return text as SafeText;
  return splitGraphemes(text)
    .map((grapheme, index, all) => escapeGrapheme(grapheme, all[index - 1]))
    .join("") as SafeText;
}

/** Characters of a text from the wire that a sentence has room for. */
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

/** Puts safe texts and numbers together: a template tag. */
export function safely(parts: TemplateStringsArray, ...values: readonly (SafeText | number)[]): SafeText {
  let whole = parts[0] as string;
  for (let i = 0; i < values.length; i++) whole += `${values[i]}${parts[i + 1]}`;
  return whole as SafeText;
}

/** Safe texts one after the other, with a separator of ours between them. */
export function joinSafe(texts: readonly SafeText[], between: "" | "\n"): SafeText {
  return texts.join(between) as SafeText;
}

/** Text of several lines, each made safe. */
export function makeLinesSafe(text: string): SafeText {
  return joinSafe(text.split("\n").map(makeSafe), "\n");
}

/** So many blanks. */
export function spaces(count: number): SafeText {
  return " ".repeat(count) as SafeText;
}

/**
 * Whether a text has only characters that are visible by themselves, of scripts and signs that are common: it needs neither
 * the table of Unicode nor the segmenter.
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
