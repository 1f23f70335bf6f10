import { decodeLatin1 } from "../../bytes/latin1.js";

/** A head that is longer than this, in bytes, is none; nor is a first line that is longer than a head's may be. */
const MAX_HEAD_BYTES = 256 * 1024;
const MAX_FIRST_LINE_BYTES = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;

/** What a request or a status line begins with. */
const HEAD_STARTS = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "HTTP/"];
const METHOD_START = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) /;
const REQUEST_START = /^[A-Z]+ +\S/i;
const STATUS_START = /^HTTP\//i;
const HTTP_VERSION = / HTTP\/\d/gi;
/** What stands where a status line should, and is nearly one. */
const MALFORMED_STATUS_START = /^(HT{1,2}P\S*|\d{3})\s/i;
/** The start of a line that can be nothing but a head's first, whatever stands in the rest of it. */
const CERTAIN_START = /^(?:HTTP\/\d\.\d \d{3} |(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) \S)/;
const HEADER_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*:/;
const WEBSOCKET_HEADER = /^(upgrade|sec-websocket-[a-z0-9]+)[ \t]*:/im;

/** What the bytes at a place are: frames, a head of so many bytes, or not to be told yet (`null`). */
export type HeadSearchResult = "frames" | FoundHead | null;

export interface FoundHead {
  readonly headLength: number;
  /** Whether the input ends inside the head. */
  readonly isTruncated: boolean;
}

/** Where a head is looked for, which says how readily bytes are taken for one. */
export type HeadPlace =
  /** The start of an input that is said to begin with a head, whatever that looks like. */
  | "certain"
  /** The start of a stream: a head there may lack its start line, or have a wrong one. */
  | "start"
  /** Behind a request, where a response should stand. */
  | "response"
  /** Behind a frame: only what cannot be one is a head. */
  | "between";

/** Finds out whether a head stands at a place where a frame could (RFC 6455 §4), and where it ends. */
export class HeadFinder {
  readonly #place: HeadPlace;
  #at = 0;
  #lineStart = 0;
  #firstLine: string | null = null;
  #isHead = false;
  /** Whether the line that is being read has begun as a head's; `null` until that was asked. */
  #isHeadLineKnown: boolean | null = null;

  constructor(place: HeadPlace) {
    this.#place = place;
  }

  /** Bytes that were looked at, from the place on. */
  get examinedBytes(): number {
    return this.#at;
  }

  /**
   * Looks at the bytes that there are so far: each time at all of them, from the place on.
   *
   * @param over whether there will be no more
   */
  examine(bytes: Uint8Array, over: boolean): HeadSearchResult {
    // Most frames that begin with a letter are told from a head by their first bytes: the line need not be read.
    if (this.#firstLine === null && !this.#mayStartHead(bytes)) return "frames";
    const end = Math.min(bytes.length, MAX_HEAD_BYTES);
    for (; this.#at < end; this.#at++) {
      const byte = bytes[this.#at] as number;
      if (byte === LF) {
        const found = this.#endLine(bytes, this.#at);
        if (found !== null) return found;
        this.#lineStart = this.#at + 1;
        this.#isHeadLineKnown = null;
      } else if (!isHeadByte(byte, this.#at === this.#lineStart) && !this.#isHeadLine(bytes)) {
        return this.#endAtInvalidByte(bytes);
      } else if (this.#firstLine === null && this.#at - this.#lineStart >= MAX_FIRST_LINE_BYTES) return "frames";
    }
    if (end === MAX_HEAD_BYTES) return "frames";
    return over ? this.#endOfInput(bytes) : null;
  }

  /** A line is complete. */
  #endLine(bytes: Uint8Array, lf: number): HeadSearchResult {
    const end = lf > this.#lineStart && bytes[lf - 1] === CR ? lf - 1 : lf;
    if (this.#firstLine === null) {
      // Empty lines before a start line are left out of account (RFC 9112 §2.2).
      if (end === this.#lineStart) return this.#place === "between" ? "frames" : null;
      this.#firstLine = decodeLatin1(bytes, this.#lineStart, end);
      this.#isHead = this.#isFirstLine(this.#firstLine);
      return this.#isHead || this.#place !== "between" ? null : "frames";
    }
    if (end > this.#lineStart) return null;
    return this.#isHead || WEBSOCKET_HEADER.test(decodeLatin1(bytes, 0, lf))
      ? { headLength: lf + 1, isTruncated: false }
      : "frames";
  }

  /** Whether a first line alone says that a head stands here. */
  #isFirstLine(line: string): boolean {
    if (this.#place === "between" && !HEAD_STARTS.some((word) => line.startsWith(word))) return false;
    if (isStartLine(line) || this.#place === "certain") return true;
    if (this.#place === "response") return MALFORMED_STATUS_START.test(line);
    return this.#place === "start" && METHOD_START.test(line);
  }

  /** Whether the line so far is a head's: what follows in it, however odd, belongs to it. */
  #isHeadLine(bytes: Uint8Array): boolean {
    const begins = this.#firstLine === null ? CERTAIN_START : HEADER_LINE;
    this.#isHeadLineKnown ??= begins.test(decodeLatin1(bytes, this.#lineStart, this.#at));
    return this.#isHeadLineKnown;
  }

  /** A byte that no head has: what was one before it ends where the line with it begins. */
  #endAtInvalidByte(bytes: Uint8Array): HeadSearchResult {
    if (this.#firstLine === null) return "frames";
    const before = decodeLatin1(bytes, 0, this.#lineStart);
    return this.#isHead || WEBSOCKET_HEADER.test(before)
      ? { headLength: this.#lineStart, isTruncated: false }
      : "frames";
  }

  #endOfInput(bytes: Uint8Array): HeadSearchResult {
    const text = decodeLatin1(bytes);
    if (text.trim() === "") return "frames";
    // It may end between CR and LF.
    const line = text.trimStart().replace(/\r$/, "");
    const begins = this.#isHead || this.#isFirstLine(line) || METHOD_START.test(line);
    return begins || WEBSOCKET_HEADER.test(text) ? { headLength: bytes.length, isTruncated: true } : "frames";
  }

  /** Whether what there is of a first line may become one of a head. */
  #mayStartHead(bytes: Uint8Array): boolean {
    return this.#place !== "between" || mayStartHead(bytes, 0, bytes.length);
  }
}

/** Whether a line is a request or a status line, however odd what stands between its parts. */
function isStartLine(line: string): boolean {
  if (line.includes("\r")) return false;
  const [request] = REQUEST_START.exec(line) ?? [];
  HTTP_VERSION.lastIndex = request?.length ?? 0;
  return STATUS_START.test(line) || (request !== undefined && HTTP_VERSION.test(line));
}

/** Whether `bytes[at, end)` are the first of a head behind a frame, or may become so. */
export function mayStartHead(bytes: Uint8Array, at: number, end: number): boolean {
  const text = decodeLatin1(bytes, at, Math.min(end, at + 16));
  return HEAD_STARTS.some((word) => word.startsWith(text) || text.startsWith(word));
}

/** Whether bytes are the first of a request or a status line, and too few to be one. */
export function isHeadPrefix(bytes: Uint8Array): boolean {
  const text = decodeLatin1(bytes, 0, 16);
  return HEAD_STARTS.some((word) => word.startsWith(text));
}

/** Whether a byte may stand in a head; at the start of a line it may only begin a name, or fold the line before. */
function isHeadByte(byte: number, first: boolean): boolean {
  return byte >= 0x80 ? !first : (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === CR;
}
