/*
 * Quoted strings are found without a regular expression: one would start again at every quote if no quote closes, and
 * would keep a backtracking position for each character of a long string.
 */

const BACKSLASH = 0x5c;

/** The index of the quote that closes a string whose content starts at `from`; -1 if it is missing. */
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

/** Whether a text has a quoted string. A quote directly after a word is an apostrophe. */
export function hasQuotedString(text: string): boolean {
  // If the first opening quote is not closed, all later quotes of its kind are escaped.
  return STRING_OPENINGS.some((opening) => {
    const at = text.search(opening);
    return at >= 0 && findClosingQuote(text, at + 1, text[at] as string) >= 0;
  });
}

/** Whether a text is one quoted string, optionally followed by a semicolon. */
export function isSingleString(text: string): boolean {
  const [quote] = text;
  if (quote !== '"' && quote !== "'") return false;
  const end = findClosingQuote(text, 1, quote);
  const rest = end < 0 ? null : text.slice(end + 1).trim();
  return rest === "" || rest === ";";
}

const MAX_PENDING_PARTS = 4096;

/** Replaces the content of double-quoted strings by blanks, which keeps every index valid. */
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
    // Each substring has an overhead, so that not many are kept at once.
    if (parts.length >= MAX_PENDING_PARTS) {
      joined.push(parts.join(""));
      parts = [];
    }
    open = text.indexOf('"', end + 1);
  }
  return kept === 0 ? text : joined.join("") + parts.join("") + text.slice(kept);
}
