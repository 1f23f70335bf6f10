import type { Sender } from "../frame/frame.js";
import { isInterim, opensConnection } from "./handshake.js";
import { findHeaders, type HttpHead } from "./http-head.js";

const LINE_FEED = 0x0a;

/** The body behind an HTTP head: neither head nor frames, so that it is only counted. */
export class HttpBody {
  /** Whose head it follows. */
  sender: Sender = "server";
  /** Bytes that the head announced, and are still to come. */
  #announced = 0;
  /** Whether the server has refused, so that whatever is no head is a body, line for line. */
  #isUnbounded = false;
  #isInLine = false;

  /** Whether the next byte is of the body. */
  get isOpen(): boolean {
    return this.#announced > 0 || this.#isInLine;
  }

  /** Whether lines that are no head are a body. */
  get isUnbounded(): boolean {
    return this.#isUnbounded;
  }

  /** A head was read. */
  begin(head: HttpHead): void {
    this.sender = head.kind === "request" ? "client" : "server";
    this.#announced = parseBodyLength(head);
    this.#isUnbounded = head.kind === "response" && !isInterim(head) && !opensConnection(head);
    this.#isInLine = false;
  }

  /** `length` bytes are missing: gives how many of them are of the body. */
  addGap(length: number): number {
    const missing = Math.min(this.#announced, length);
    this.#announced -= missing;
    return missing;
  }

  /** Gives how many of the next bytes are of the body: those that were announced, or else the rest of a line. */
  take(bytes: Uint8Array): number {
    if (this.#announced > 0) {
      const taken = Math.min(this.#announced, bytes.length);
      this.#announced -= taken;
      return taken;
    }
    const lineEnd = bytes.indexOf(LINE_FEED) + 1;
    this.#isInLine = lineEnd === 0;
    return this.#isInLine ? bytes.length : lineEnd;
  }
}

/** Bytes of the body behind a head, as far as it announces them (RFC 9112 §6.3). */
function parseBodyLength(head: HttpHead): number {
  // Behind what a gap cuts, it does not begin.
  if (head.isTruncatedByGap || (head.kind === "response" && (isInterim(head) || opensConnection(head)))) return 0;
  const [length] = findHeaders(head, "Content-Length");
  return Number(/^\d{1,15}/.exec(length?.value ?? "")?.[0] ?? 0);
}
