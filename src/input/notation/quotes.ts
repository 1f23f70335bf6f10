/*
 * Strings in quotes are looked for by hand: a pattern for them begins anew at every quote of a text in which none closes, and
 * keeps a place to go back to for each character of one that is long.
 */

const BACKSLASH = 0x5c;

/** The index of the quote that closes a string whose inside begins at `from`; -1 where none does. */
export function findClosingQuote(text: string, from: number, quote: string): number {
  const closing = quote.charCodeAt(0);
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === closing) return at;
  }
  return -1;
}

const STRING_OPENINGS: readonly RegExp[] = [/(?<![\w\\])"/, /(?<![\w\\])'/];

/** Whether a text has a string in quotes: one that begins at no word's end, as an apostrophe would. */
export function hasQuotedString(text: string): boolean {
  // Where the first quote that may open a string is not closed, every later one of its kind is escaped.
  return STRING_OPENINGS.some((opening) => {
    const at = text.search(opening);
    return at >= 0 && findClosingQuote(text, at + 1, text[at] as string) >= 0;
  });
}

/** Whether a text is one string in quotes, perhaps with a semicolon behind it. */
export function isSingleString(text: string): boolean {
  const [quote] = text;
  if (quote !== '"' && quote !== "'") return false;
  const end = findClosingQuote(text, 1, quote);
  const behind = end < 0 ? null : text.slice(end + 1).trim();
  return behind === "" || behind === ";";
}

const MAX_PENDING_PARTS = 4096;

/** The text with blanks in place of what stands in double quotes with escapes; every index stays. */
export function blankEscapedStrings(text: string): string {
  const joined: string[] = [];
  let parts: string[] = [];
  let kept = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    const end = findClosingQuote(text, open + 1, '"');
    if (end < 0) break;
    const inside = text.slice(open + 1, end);
    if (inside.includes("\\")) {
      parts.push(text.slice(kept, open + 1), " ".repeat(inside.length));
      kept = end;
    }
    // A piece of a text takes more than its few characters: not many are kept at once.
    if (parts.length >= MAX_PENDING_PARTS) {
      joined.push(parts.join(""));
      parts = [];
    }
    open = text.indexOf('"', end + 1);
  }
  return kept === 0 ? text : joined.join("") + parts.join("") + text.slice(kept);
}
