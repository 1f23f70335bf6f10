/** The longest HTTP head, in bytes, including its empty line. Servers usually allow 8 to 64 KiB. */
export const MAX_HEAD_BYTES: number = 256 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;

/** The token (RFC 9110 §5.6.2) at an index of a text; empty if there is none. */
export function tokenAt(text: string, index: number): string {
  TOKEN.lastIndex = index;
  return TOKEN.exec(text)?.[0] ?? "";
}

/** Whether a text is a token (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return text !== "" && tokenAt(text, 0).length === text.length;
}

/**
 * The name of the header line at the start of a text, if a colon follows it; `null` if that is not a header line. Blanks
 * before the colon, which RFC 9112 §5.1 forbids, are not part of the name.
 */
export function headerNameOf(line: string): string | null {
  const name = tokenAt(line, 0);
  let colon = name.length;
  while (line[colon] === " " || line[colon] === "\t") colon++;
  return name !== "" && line[colon] === ":" ? name : null;
}

/**
 * Finds the end of an HTTP head that arrives in pieces: an empty line that ends with CR LF or LF. Empty lines before the
 * start line do not end it (RFC 9112 §2.2).
 */
export class HeadEndFinder {
  /** Whether the line so far has more than a CR. */
  #isInLine = false;
  #hasLines = false;

  /**
   * Reads the next piece, `bytes[start, …)`.
   *
   * @returns the index after the empty line, or -1 if the piece does not contain it
   */
  find(bytes: Uint8Array, start = 0): number {
    for (let at = start; at < bytes.length; ) {
      const lf = bytes.indexOf(LF, at);
      const end = lf < 0 ? bytes.length : lf;
      this.#isInLine ||= end > at + 1 || (end === at + 1 && bytes[at] !== CR);
      if (lf < 0) return -1;
      if (!this.#isInLine && this.#hasLines) {
        this.#hasLines = false;
        return lf + 1;
      }
      this.#hasLines ||= this.#isInLine;
      this.#isInLine = false;
      at = lf + 1;
    }
    return -1;
  }
}
