import { decodeLatin1 } from "../../bytes/latin1.js";
import type { HeadExtent } from "./http-head.js";
import { headerNameOf, MAX_HEAD_BYTES } from "./http-syntax.js";

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;

/** The start of a request or a status line. */
const HEAD_STARTS = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "HTTP/"];
const METHOD_START = /^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) /;
const REQUEST_START = /^[A-Z]+ +\S/i;
const STATUS_START = /^HTTP\//i;
const HTTP_VERSION = / HTTP\/\d/gi;
/** A malformed status line, where a status line is expected. */
const MALFORMED_STATUS_START = /^(HT{1,2}P\S*|\d{3})\s/i;
/** The start of a line that can only begin a head. */
const CERTAIN_START = /^(?:HTTP\/\d\.\d \d{3} |(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE) \S)/;
const WEBSOCKET_HEADER = /^(upgrade|sec-websocket-[a-z0-9]+)[ \t]*:/im;

/** The result of a search: frames, or a head. */
export type HeadSearchResult = "frames" | FoundHead;

export interface FoundHead {
  /** The length of the head to read, in bytes, at most {@link MAX_HEAD_BYTES}. */
  readonly headLength: number;
  readonly extent: HeadExtent;
}

/** The place of the search, which determines how much evidence is needed. */
export type HeadPlace =
  /** The start of an input that must begin with a head, even a malformed one. */
  | "certain"
  /** The start of a stream: a head there may have no start line, or an invalid one. */
  | "start"
  /** After a request, where a response is expected. */
  | "response"
  /** After a frame: bytes that could be a frame are not a head. */
  | "between";

/** Decides whether a head or a frame begins at a place (RFC 6455 §4), and where the head ends. */
export class HeadFinder {
  readonly #place: HeadPlace;
  #at = 0;
  #lineStart = 0;
  #firstLine: string | null = null;
  #isHead = false;
  /** Whether the current line begins like a line of a head; `null` until it is checked. */
  #isHeadLineKnown: boolean | null = null;

  constructor(place: HeadPlace) {
    this.#place = place;
  }

  /** The number of bytes examined so far, from the place on. */
  get examinedBytes(): number {
    return this.#at;
  }

  /**
   * Examines the bytes received so far. Each call gets all of them, from the place on.
   *
   * @returns `null` if more bytes are needed
   */
  examine(bytes: Uint8Array): HeadSearchResult | null {
    // The first bytes rule out a head for most frames that begin with a letter, without reading the line.
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
      }
    }
    if (bytes.length > MAX_HEAD_BYTES) return this.#endInsideHead(bytes.subarray(0, MAX_HEAD_BYTES), "too-long");
    return null;
  }

  /** Like {@link examine}, when no more bytes will come. */
  examineLast(bytes: Uint8Array): HeadSearchResult {
    return this.examine(bytes) ?? this.#endInsideHead(bytes, "truncated");
  }

  /** Handles the end of a line. */
  #endLine(bytes: Uint8Array, lf: number): HeadSearchResult | null {
    const end = lf > this.#lineStart && bytes[lf - 1] === CR ? lf - 1 : lf;
    if (this.#firstLine === null) {
      // Empty lines before a start line are ignored (RFC 9112 §2.2).
      if (end === this.#lineStart) return this.#place === "between" ? "frames" : null;
      this.#firstLine = decodeLatin1(bytes, this.#lineStart, end);
      this.#isHead = this.#isFirstLine(this.#firstLine);
      return this.#isHead || this.#place !== "between" ? null : "frames";
    }
    if (end > this.#lineStart) return null;
    return this.#isHead || WEBSOCKET_HEADER.test(decodeLatin1(bytes, 0, lf))
      ? { headLength: lf + 1, extent: "complete" }
      : "frames";
  }

  /** Whether a first line alone identifies a head. */
  #isFirstLine(line: string): boolean {
    if (this.#place === "between" && !HEAD_STARTS.some((word) => line.startsWith(word))) return false;
    if (isStartLine(line) || this.#place === "certain") return true;
    if (this.#place === "response") return MALFORMED_STATUS_START.test(line);
    return this.#place === "start" && METHOD_START.test(line);
  }

  /** Whether the current line belongs to a head: then its remaining bytes do as well. */
  #isHeadLine(bytes: Uint8Array): boolean {
    if (this.#isHeadLineKnown === null) {
      const line = decodeLatin1(bytes, this.#lineStart, this.#at);
      this.#isHeadLineKnown = this.#firstLine === null ? CERTAIN_START.test(line) : headerNameOf(line) !== null;
    }
    return this.#isHeadLineKnown;
  }

  /** Handles a byte that cannot be in a head: the head ends at the start of its line. */
  #endAtInvalidByte(bytes: Uint8Array): HeadSearchResult {
    if (this.#firstLine === null) return "frames";
    const before = decodeLatin1(bytes, 0, this.#lineStart);
    return this.#isHead || WEBSOCKET_HEADER.test(before)
      ? { headLength: this.#lineStart, extent: "complete" }
      : "frames";
  }

  /** Decides without the rest of the head: the input has ended, or the head is too long. */
  #endInsideHead(bytes: Uint8Array, extent: HeadExtent): HeadSearchResult {
    const text = decodeLatin1(bytes);
    if (text.trim() === "") return "frames";
    // The input may end between CR and LF.
    const line = text.trimStart().replace(/\r$/, "");
    const begins = this.#isHead || this.#isFirstLine(line) || METHOD_START.test(line);
    return begins || WEBSOCKET_HEADER.test(text) ? { headLength: bytes.length, extent } : "frames";
  }

  /** Whether the current first line may still become a head's. */
  #mayStartHead(bytes: Uint8Array): boolean {
    return this.#place !== "between" || mayStartHead(bytes, 0, bytes.length);
  }
}

/** Whether a line is a request or a status line, with any blanks between its parts. */
function isStartLine(line: string): boolean {
  if (line.includes("\r")) return false;
  const [request] = REQUEST_START.exec(line) ?? [];
  HTTP_VERSION.lastIndex = request?.length ?? 0;
  return STATUS_START.test(line) || (request !== undefined && HTTP_VERSION.test(line));
}

/** Whether `bytes[at, end)`, after a frame, are the start of a head, or may become one. */
export function mayStartHead(bytes: Uint8Array, at: number, end: number): boolean {
  const text = decodeLatin1(bytes, at, Math.min(end, at + 16));
  return HEAD_STARTS.some((word) => word.startsWith(text) || text.startsWith(word));
}

/** Whether bytes are an incomplete start of a request or a status line. */
export function isHeadPrefix(bytes: Uint8Array): boolean {
  const text = decodeLatin1(bytes, 0, 16);
  return HEAD_STARTS.some((word) => word.startsWith(text));
}

/** Whether a byte is valid in a head; at the start of a line, it must begin a name or fold the previous line. */
function isHeadByte(byte: number, first: boolean): boolean {
  return byte >= 0x80 ? !first : (byte >= 0x20 && byte < 0x7f) || byte === TAB || byte === CR;
}
