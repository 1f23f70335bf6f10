import { latin1Text } from "../../bytes/latin1.js";

/** A head that is longer than this, in bytes, is none; nor is a first line that is longer than a head's may be. */
const LONGEST = 256 * 1024;
const LONGEST_FIRST_LINE = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;

/** What a request or a status line begins with. */
const BEGINNINGS = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "HTTP/"];
const METHOD = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) /;
const REQUEST_START = /^[A-Z]+ +\S/i;
const STATUS_START = /^HTTP\//i;
const VERSION = / HTTP\/\d/gi;
/** What stands where a status line should, and is nearly one. */
const NEARLY_STATUS = /^(HT{1,2}P\S*|\d{3})\s/i;
/** The start of a line that can be nothing but a head's first, whatever stands in the rest of it. */
const SURE_START = /^(?:HTTP\/\d\.\d \d{3} |(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) \S)/;
const HEADER_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*:/;
const OF_WEBSOCKET = /^(upgrade|sec-websocket-[a-z0-9]+)[ \t]*:/im;

/** What the bytes at a place are: frames, a head of so many bytes, or not to be told yet (`null`). */
export type Found = "frames" | FoundHead | null;

export interface FoundHead {
  readonly headLength: number;
  /** Whether the input ends inside the head. */
  readonly cut: boolean;
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
  #inText: boolean | null = null;

  constructor(place: HeadPlace) {
    this.#place = place;
  }

  /** Bytes that were looked at, from the place on. */
  get looked(): number {
    return this.#at;
  }

  /**
   * Looks at the bytes that there are so far: each time at all of them, from the place on.
   *
   * @param over whether there will be no more
   */
  look(bytes: Uint8Array, over: boolean): Found {
    // Most frames that begin with a letter are told from a head by their first bytes: the line need not be read.
    if (this.#firstLine === null && !this.#mayBegin(bytes)) return "frames";
    const end = Math.min(bytes.length, LONGEST);
    for (; this.#at < end; this.#at++) {
      const byte = bytes[this.#at] as number;
      if (byte === LF) {
        const found = this.#line(bytes, this.#at);
        if (found !== null) return found;
        this.#lineStart = this.#at + 1;
        this.#inText = null;
      } else if (!isTextByte(byte, this.#at === this.#lineStart) && !this.#isInText(bytes)) {
        return this.#interrupted(bytes);
      } else if (this.#firstLine === null && this.#at - this.#lineStart >= LONGEST_FIRST_LINE) return "frames";
    }
    if (end === LONGEST) return "frames";
    return over ? this.#over(bytes) : null;
  }

  /** A line is complete. */
  #line(bytes: Uint8Array, lf: number): Found {
    const end = lf > this.#lineStart && bytes[lf - 1] === CR ? lf - 1 : lf;
    if (this.#firstLine === null) {
      // Empty lines before a start line are left out of account (RFC 9112 §2.2).
      if (end === this.#lineStart) return this.#place === "between" ? "frames" : null;
      this.#firstLine = latin1Text(bytes, this.#lineStart, end);
      this.#isHead = this.#begins(this.#firstLine);
      return this.#isHead || this.#place !== "between" ? null : "frames";
    }
    if (end > this.#lineStart) return null;
    return this.#isHead || OF_WEBSOCKET.test(latin1Text(bytes, 0, lf)) ? { headLength: lf + 1, cut: false } : "frames";
  }

  /** Whether a first line alone says that a head stands here. */
  #begins(line: string): boolean {
    if (this.#place === "between" && !BEGINNINGS.some((word) => line.startsWith(word))) return false;
    if (isStartLine(line) || this.#place === "certain") return true;
    if (this.#place === "response") return NEARLY_STATUS.test(line);
    return this.#place === "start" && METHOD.test(line);
  }

  /** Whether the line so far is a head's: what follows in it, however odd, belongs to it. */
  #isInText(bytes: Uint8Array): boolean {
    const begins = this.#firstLine === null ? SURE_START : HEADER_LINE;
    this.#inText ??= begins.test(latin1Text(bytes, this.#lineStart, this.#at));
    return this.#inText;
  }

  /** A byte that no head has: what was one before it ends where the line with it begins. */
  #interrupted(bytes: Uint8Array): Found {
    if (this.#firstLine === null) return "frames";
    const before = latin1Text(bytes, 0, this.#lineStart);
    return this.#isHead || OF_WEBSOCKET.test(before) ? { headLength: this.#lineStart, cut: false } : "frames";
  }

  #over(bytes: Uint8Array): Found {
    const text = latin1Text(bytes);
    if (text.trim() === "") return "frames";
    // It may end between CR and LF.
    const line = text.trimStart().replace(/\r$/, "");
    const begins = this.#isHead || this.#begins(line) || METHOD.test(line);
    return begins || OF_WEBSOCKET.test(text) ? { headLength: bytes.length, cut: true } : "frames";
  }

  /** Whether what there is of a first line may become one of a head. */
  #mayBegin(bytes: Uint8Array): boolean {
    return this.#place !== "between" || mayBeginHead(bytes, 0, bytes.length);
  }
}

/** Whether a line is a request or a status line, however odd what stands between its parts. */
function isStartLine(line: string): boolean {
  if (line.includes("\r")) return false;
  const [request] = REQUEST_START.exec(line) ?? [];
  VERSION.lastIndex = request?.length ?? 0;
  return STATUS_START.test(line) || (request !== undefined && VERSION.test(line));
}

/** Whether `bytes[at, end)` are the first of a head behind a frame, or may become so. */
export function mayBeginHead(bytes: Uint8Array, at: number, end: number): boolean {
  const text = latin1Text(bytes, at, Math.min(end, at + 16));
  return BEGINNINGS.some((word) => word.startsWith(text) || text.startsWith(word));
}

/** Whether bytes are the first of a request or a status line, and too few to be one. */
export function couldBeginHead(bytes: Uint8Array): boolean {
  const text = latin1Text(bytes, 0, 16);
  return BEGINNINGS.some((word) => word.startsWith(text));
}

/** Whether a byte may stand in a head; at the start of a line it may only begin a name, or fold the line before. */
function isTextByte(byte: number, first: boolean): boolean {
  return byte >= 0x80 ? !first : (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === CR;
}
