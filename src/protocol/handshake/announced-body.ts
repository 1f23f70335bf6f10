import { decodeLatin1 } from "../../bytes/latin1.js";
import { findHeaders, type HttpHead } from "./http-head.js";

const LF = 0x0a;
/** The maximum length of a chunk's size line, in bytes; the rest of the line is skipped. */
const MAX_SIZE_LINE_BYTES = 64;

/** The parts of a chunked body (RFC 9112 §7.1). */
type ChunkPart = "size" | "data" | "data-end" | "trailers";

/** A body whose HTTP head announces its end, by a length or by chunks (RFC 9112 §6, §7.1). Its bytes are skipped. */
export class AnnouncedBody {
  /** The remaining bytes of the body, or of the current chunk. */
  #remaining = 0;
  /** The current part; `null` for a body without chunks, or after the end. */
  #part: ChunkPart | null = null;
  /** The start of the current line, which has a chunk's size or a trailer. */
  #line = "";
  #isMalformed = false;

  /** Starts the body after a head. Without a body, {@link isOpen} is false afterwards. */
  begin(head: HttpHead): void {
    this.end();
    // After a truncated head, the start of the body is unknown.
    if (head.isTruncated || !mayHaveBody(head)) return;
    if (isChunked(head)) this.#part = "size";
    else this.#remaining = parseContentLength(head);
  }

  /** Ends the body, even if it is incomplete. */
  end(): void {
    this.#remaining = 0;
    this.#part = null;
    this.#line = "";
    this.#isMalformed = false;
  }

  /** Whether the next byte is part of the body. */
  get isOpen(): boolean {
    return this.#remaining > 0 || this.#part !== null;
  }

  /** Whether the body ended because its chunks are malformed. */
  get isMalformed(): boolean {
    return this.#isMalformed;
  }

  /**
   * Skips missing bytes. If more are missing than the body or its current chunk has left, the body ends.
   *
   * @returns how many of them belong to the body
   */
  addGap(length: number): number {
    const missing = Math.min(this.#remaining, length);
    this.#remaining -= missing;
    if (missing < length) this.end();
    else if (this.#remaining === 0 && this.#part === "data") this.#part = "data-end";
    return missing;
  }

  /** Skips the part of `bytes` in the body. @returns its length in bytes, at least 1 while the body is open */
  take(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.isOpen) at += this.#takePart(bytes, at);
    return at;
  }

  #takePart(bytes: Uint8Array, at: number): number {
    if (this.#remaining === 0) return this.#takeLine(bytes, at);
    const taken = Math.min(this.#remaining, bytes.length - at);
    this.#remaining -= taken;
    if (this.#remaining === 0 && this.#part === "data") this.#part = "data-end";
    return taken;
  }

  #takeLine(bytes: Uint8Array, at: number): number {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf;
    const room = MAX_SIZE_LINE_BYTES - this.#line.length;
    if (room > 0) this.#line += decodeLatin1(bytes, at, Math.min(end, at + room));
    if (lf < 0) return end - at;
    const line = this.#line.trim();
    this.#line = "";
    this.#readLine(line);
    return lf + 1 - at;
  }

  #readLine(line: string): void {
    if (this.#part === "size") this.#readSize(line);
    else if (this.#part === "data-end") {
      if (line === "") this.#part = "size";
      else this.#fail();
    } else if (line === "") this.#part = null;
  }

  #readSize(line: string): void {
    const [digits] = /^[0-9a-f]{1,12}(?=$|[;\s])/i.exec(line) ?? [];
    if (digits === undefined) {
      this.#fail();
      return;
    }
    this.#remaining = Number.parseInt(digits, 16);
    this.#part = this.#remaining === 0 ? "trailers" : "data";
  }

  #fail(): void {
    this.end();
    this.#isMalformed = true;
  }
}

/** Responses that never have a body (RFC 9110 §6.4.1). */
function mayHaveBody({ status }: HttpHead): boolean {
  return status === null || !((status >= 100 && status < 200) || status === 204 || status === 304);
}

function isChunked(head: HttpHead): boolean {
  return findHeaders(head, "Transfer-Encoding").some(({ value }) => /\bchunked\b/i.test(value));
}

/** The body length in bytes from Content-Length; 0 if the header is missing or does not begin with a number. */
function parseContentLength(head: HttpHead): number {
  const [length] = findHeaders(head, "Content-Length");
  return Number(/^\d{1,15}(?=$|\s*,)/.exec(length?.value ?? "")?.[0] ?? 0);
}
