/** A head that is longer than this, in bytes, is none. */
const LONGEST = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;

/** What a request or a status line begins with. */
const BEGINNINGS = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "HTTP/"];
const METHOD = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) /;
const START_LINE = /^([A-Z]+ +\S.* HTTP\/\d.*|HTTP\/.*)$/i;
const HEADER_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*:/;
const OF_WEBSOCKET = /^(upgrade|sec-websocket-[a-z0-9]+)[ \t]*:/im;

/** What the bytes at a place are: frames, a head of so many bytes, or not to be told yet (`null`). */
export type Found = "frames" | { readonly headLength: number } | null;

/** How readily bytes are taken for a head. */
export interface HeadHint {
  /** Where a connection begins, a head may lack its start line, or have a wrong one. */
  readonly atStart: boolean;
  /** They are said to be a head, whatever they look like. */
  readonly certain: boolean;
}

/** Finds out whether a head stands at a place where a frame could (RFC 6455 §4), and where it ends. */
export class HeadFinder {
  readonly #hint: HeadHint;
  #at = 0;
  #lineStart = 0;
  #firstLine: string | null = null;
  #isHead = false;

  constructor(hint: HeadHint) {
    this.#hint = hint;
  }

  /**
   * Looks at the bytes that there are so far: each time at all of them, from the place on.
   *
   * @param over whether there will be no more
   */
  look(bytes: Uint8Array, over: boolean): Found {
    for (; this.#at < bytes.length; this.#at++) {
      const byte = bytes[this.#at] as number;
      if (byte === LF) {
        const found = this.#line(bytes, this.#at);
        if (found !== null) return found;
        this.#lineStart = this.#at + 1;
      } else if (!isTextByte(byte, this.#at === this.#lineStart) && !this.#inHeader(bytes))
        return this.#interrupted(bytes);
    }
    if (bytes.length > LONGEST) return "frames";
    if (this.#firstLine === null && !this.#couldBe(latin1(bytes))) return "frames";
    return over ? this.#over(bytes) : null;
  }

  /** A line is complete. */
  #line(bytes: Uint8Array, lf: number): Found {
    const end = lf > this.#lineStart && bytes[lf - 1] === CR ? lf - 1 : lf;
    const text = latin1(bytes.subarray(this.#lineStart, end));
    if (this.#firstLine === null) {
      this.#firstLine = text;
      const { atStart, certain } = this.#hint;
      this.#isHead = certain || START_LINE.test(text) || (atStart && METHOD.test(text));
      if (!this.#isHead && !(atStart && HEADER_LINE.test(text))) return "frames";
    }
    if (end > this.#lineStart) return null;
    return this.#isHead || OF_WEBSOCKET.test(latin1(bytes.subarray(0, lf))) ? { headLength: lf + 1 } : "frames";
  }

  /** Whether the line so far is a header's: what follows in it, however odd, is its value. */
  #inHeader(bytes: Uint8Array): boolean {
    return this.#firstLine !== null && HEADER_LINE.test(latin1(bytes.subarray(this.#lineStart, this.#at)));
  }

  /** A byte that no head has: what was one before it ends where the line with it begins. */
  #interrupted(bytes: Uint8Array): Found {
    if (this.#firstLine === null) return "frames";
    const before = latin1(bytes.subarray(0, this.#lineStart));
    return this.#isHead || OF_WEBSOCKET.test(before) ? { headLength: this.#lineStart } : "frames";
  }

  #over(bytes: Uint8Array): Found {
    if (bytes.length === 0) return "frames";
    const text = latin1(bytes);
    const isHead =
      this.#hint.certain || this.#isHead || START_LINE.test(text) || METHOD.test(text) || OF_WEBSOCKET.test(text);
    return isHead ? { headLength: bytes.length } : "frames";
  }

  /** Whether a first line that is not complete may become one of a head. */
  #couldBe(text: string): boolean {
    const { atStart, certain } = this.#hint;
    if (certain || atStart) return certain || /^[!-~]/.test(text);
    return BEGINNINGS.some((word) => word.startsWith(text) || text.startsWith(word));
  }
}

/** Whether a byte may stand in a head; at the start of a line it may only begin a name, or fold the line before. */
function isTextByte(byte: number, first: boolean): boolean {
  return byte >= 0x80 ? !first : (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === CR;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
