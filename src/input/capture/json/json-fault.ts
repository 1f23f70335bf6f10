/** The first place where a text stops being JSON. */
export interface JsonFault {
  /** Of the first character that does not fit; the text's length where the text ends too early. */
  readonly index: number;
  /** What is wrong there, in a phrase. */
  readonly message: string;
}

/** Runs of characters that need no closer look, each matched at `lastIndex`. */
const BLANKS = /[ \t\r\n]*/y;
const PLAIN_CHARACTERS = /[ !#-[\]-\uffff]*/y;
const DIGITS = /\d*/y;
const HEX_DIGITS = /[0-9a-fA-F]{0,4}/y;
const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };
const ESCAPES = '"\\/bfnrtu';

/**
 * Finds the first place where a text is not JSON (RFC 8259); `null` if it is. `JSON.parse` names the place only sometimes, and
 * differently from one version of Node to the next.
 */
export function findJsonFault(text: string): JsonFault | null {
  return new JsonScanner(text).scan();
}

/** Each method moves on to the end of what it scans and returns `null`, or moves on to the fault and returns its message. */
class JsonScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): JsonFault | null {
    const message = this.#scanText();
    if (message === null) return null;
    return { index: this.#at, message: this.#at < this.#text.length ? message : "the text ends too early" };
  }

  /** The open lists and objects are kept in a list, so that no depth of them exceeds the call stack. */
  #scanText(): string | null {
    const closing: string[] = [];
    for (;;) {
      this.#skip(BLANKS);
      const opened = this.#current();
      if (opened === "{" || opened === "[") {
        closing.push(opened === "{" ? "}" : "]");
        this.#at++;
        this.#skip(BLANKS);
        if (this.#current() !== closing.at(-1)) {
          const fault = opened === "{" ? this.#scanName() : null;
          if (fault !== null) return fault;
          continue;
        }
      } else {
        const fault = this.#scanScalar(opened);
        if (fault !== null) return fault;
      }
      const fault = this.#leaveValue(closing);
      if (fault !== null) return fault;
      if (closing.length === 0) return this.#at < this.#text.length ? "nothing may follow the value" : null;
    }
  }

  /** Leaves a value and all lists and objects that end with it, up to the next value. */
  #leaveValue(closing: string[]): string | null {
    for (;;) {
      this.#skip(BLANKS);
      const end = closing.at(-1);
      if (end === undefined) return null;
      if (this.#current() === ",") {
        this.#at++;
        return end === "}" ? this.#scanName() : null;
      }
      if (this.#current() !== end) return `expected a comma or ${end}`;
      this.#at++;
      closing.pop();
    }
  }

  /** A member's name and the colon after it. */
  #scanName(): string | null {
    this.#skip(BLANKS);
    if (this.#current() !== '"') return "expected a name in double quotes";
    const fault = this.#scanString();
    if (fault !== null) return fault;
    this.#skip(BLANKS);
    if (this.#current() !== ":") return "expected a colon";
    this.#at++;
    return null;
  }

  #scanScalar(first: string): string | null {
    if (first === '"') return this.#scanString();
    if (first === "-" || /^\d$/.test(first)) return this.#scanNumber();
    const literal = LITERALS[first];
    if (literal === undefined) return "expected a value";
    for (const character of literal) {
      if (this.#current() !== character) return `expected ${literal}`;
      this.#at++;
    }
    return null;
  }

  #scanString(): string | null {
    this.#at++;
    for (;;) {
      this.#skip(PLAIN_CHARACTERS);
      if (this.#current() === '"') {
        this.#at++;
        return null;
      }
      if (this.#current() !== "\\") return "a line end or another control character in a string";
      this.#at++;
      const escaped = this.#current();
      if (escaped === "" || !ESCAPES.includes(escaped)) return "an unknown escape in a string";
      this.#at++;
      if (escaped === "u" && this.#skip(HEX_DIGITS) < 4) return "expected four hex digits";
    }
  }

  #scanNumber(): string | null {
    if (this.#current() === "-") this.#at++;
    if (this.#current() === "0") this.#at++;
    else if (this.#skip(DIGITS) === 0) return "expected a digit";
    if (this.#current() === ".") {
      this.#at++;
      if (this.#skip(DIGITS) === 0) return "expected a digit";
    }
    if (this.#current() !== "e" && this.#current() !== "E") return null;
    this.#at++;
    if (this.#current() === "+" || this.#current() === "-") this.#at++;
    return this.#skip(DIGITS) === 0 ? "expected a digit" : null;
  }

  /** The current character; the empty string at the end. */
  #current(): string {
    return this.#text.charAt(this.#at);
  }

  /** Moves past a run of characters; returns how many they are. */
  #skip(run: RegExp): number {
    const start = this.#at;
    run.lastIndex = start;
    run.test(this.#text);
    this.#at = run.lastIndex;
    return this.#at - start;
  }
}
