/** One extension of a Sec-WebSocket-Extensions header (RFC 6455 §9.1). */
export interface Extension {
  readonly name: string;
  readonly params: readonly ExtensionParam[];
}

export interface ExtensionParam {
  readonly name: string;
  /** `null` for a parameter without a value. */
  readonly value: string | null;
}

/** What a header's value says, or where it stops being a list of extensions. */
export type ExtensionList = { readonly extensions: readonly Extension[] } | { readonly wrongAt: number };

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const BLANKS = /[ \t]*/y;

/** Reads the value of a Sec-WebSocket-Extensions header by the grammar of RFC 6455 §9.1. */
export function parseExtensions(value: string): ExtensionList {
  const text = new Text(value);
  const extensions: Extension[] = [];
  text.blanks();
  // An empty list is no error in itself: it offers, or agrees to, nothing.
  while (!text.over) {
    if (text.take(",")) continue;
    const name = text.token();
    if (name === null) return { wrongAt: text.at };
    const params: ExtensionParam[] = [];
    while (text.take(";")) {
      const param = text.param();
      if (param === null) return { wrongAt: text.at };
      params.push(param);
    }
    extensions.push({ name, params });
    if (!text.over && !text.take(",")) return { wrongAt: text.at };
  }
  return { extensions };
}

/** Writes an extension as a header has it. */
export function extensionText({ name, params }: Extension): string {
  return [name, ...params.map((param) => (param.value === null ? param.name : `${param.name}=${param.value}`))].join(
    "; ",
  );
}

/** A text that is read from left to right. */
class Text {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get over(): boolean {
    return this.at === this.#text.length;
  }

  blanks(): void {
    this.#match(BLANKS);
  }

  take(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    this.blanks();
    return true;
  }

  token(): string | null {
    const token = this.#match(TOKEN)?.[0] ?? null;
    this.blanks();
    return token;
  }

  param(): ExtensionParam | null {
    const name = this.token();
    if (name === null) return null;
    if (!this.take("=")) return { name, value: null };
    const start = this.at;
    const value = this.token() ?? this.#quoted();
    if (value !== null && isToken(value)) return { name, value };
    this.at = start;
    return null;
  }

  /** A quoted value, whose content must be a token as well. */
  #quoted(): string | null {
    const quoted = this.#match(QUOTED)?.[1] ?? null;
    this.blanks();
    return quoted?.replace(/\\(.)/g, "$1") ?? null;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.at = pattern.lastIndex;
    return match;
  }
}

function isToken(text: string): boolean {
  TOKEN.lastIndex = 0;
  return TOKEN.test(text) && TOKEN.lastIndex === text.length;
}
