import { isToken, tokenAt } from "./http-syntax.js";

/** One extension of a Sec-WebSocket-Extensions header (RFC 6455 §9.1). */
export interface Extension {
  readonly name: string;
  readonly params: readonly ExtensionParam[];
}

export interface ExtensionParam {
  readonly name: string;
  /** The parameter's value; `null` for a parameter without one. */
  readonly value: string | null;
}

/** The extensions in a header value, or the place of the first syntax error. */
export type ExtensionList = { readonly extensions: readonly Extension[] } | { readonly wrongAt: number };

const QUOTED_STRING = /"((?:[^"\\]|\\.)*)"/y;
const WHITESPACE = /[ \t]*/y;

/** Parses the value of a Sec-WebSocket-Extensions header by the grammar of RFC 6455 §9.1. */
export function parseExtensions(value: string): ExtensionList {
  const text = new ExtensionScanner(value);
  const extensions: Extension[] = [];
  text.skipWhitespace();
  // An empty list is valid: it offers or accepts nothing.
  while (!text.isAtEnd) {
    if (text.takeMark(",")) continue;
    const name = text.readToken();
    if (name === null) return { wrongAt: text.at };
    const params: ExtensionParam[] = [];
    while (text.takeMark(";")) {
      const param = text.readParam();
      if (param === null) return { wrongAt: text.at };
      params.push(param);
    }
    extensions.push({ name, params });
    if (!text.isAtEnd && !text.takeMark(",")) return { wrongAt: text.at };
  }
  return { extensions };
}

/** Formats an extension for a header. */
export function formatExtension({ name, params }: Extension): string {
  return [name, ...params.map((param) => (param.value === null ? param.name : `${param.name}=${param.value}`))].join(
    "; ",
  );
}

/** A reader that goes through a text from left to right. */
class ExtensionScanner {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at === this.#text.length;
  }

  skipWhitespace(): void {
    this.#match(WHITESPACE);
  }

  takeMark(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    this.skipWhitespace();
    return true;
  }

  readToken(): string | null {
    const token = tokenAt(this.#text, this.at);
    if (token === "") return null;
    this.at += token.length;
    this.skipWhitespace();
    return token;
  }

  readParam(): ExtensionParam | null {
    const name = this.readToken();
    if (name === null) return null;
    if (!this.takeMark("=")) return { name, value: null };
    const start = this.at;
    const value = this.readToken() ?? this.#readQuoted();
    if (value !== null && isToken(value)) return { name, value };
    this.at = start;
    return null;
  }

  /** Reads a quoted value, whose content must also be a token. */
  #readQuoted(): string | null {
    const quoted = this.#match(QUOTED_STRING)?.[1] ?? null;
    this.skipWhitespace();
    return quoted?.replace(/\\(.)/g, "$1") ?? null;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.at = pattern.lastIndex;
    return match;
  }
}
