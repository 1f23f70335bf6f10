import type { Sender } from "../frame/frame.js";
import { isInterim, opensConnection } from "./handshake.js";
import { type HttpHead, headersNamed } from "./http-head.js";

const LINE_FEED = 0x0a;

/** The body behind an HTTP head: neither head nor frames, so that it is only counted. */
export class HttpBody {
  /** Whose head it follows. */
  sender: Sender = "server";
  /** Bytes that the head announced, and are still to come. */
  #announced = 0;
  /** Whether the server has refused, so that whatever is no head is a body, line for line. */
  #unframed = false;
  #inLine = false;

  /** Whether the next byte is of the body. */
  get open(): boolean {
    return this.#announced > 0 || this.#inLine;
  }

  /** Whether lines that are no head are a body. */
  get unframed(): boolean {
    return this.#unframed;
  }

  /** A head was read. */
  begin(head: HttpHead): void {
    this.sender = head.kind === "request" ? "client" : "server";
    this.#announced = announcedLength(head);
    this.#unframed = head.kind === "response" && !isInterim(head) && !opensConnection(head);
    this.#inLine = false;
  }

  /** `length` bytes are missing: gives how many of them are of the body. */
  gap(length: number): number {
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
    this.#inLine = lineEnd === 0;
    return this.#inLine ? bytes.length : lineEnd;
  }
}

/** Bytes of the body behind a head, as far as it announces them (RFC 9112 §6.3). */
function announcedLength(head: HttpHead): number {
  // Behind what a gap cuts, it does not begin.
  if (head.cutByGap || (head.kind === "response" && (isInterim(head) || opensConnection(head)))) return 0;
  const [length] = headersNamed(head, "Content-Length");
  return Number(/^\d{1,15}/.exec(length?.value ?? "")?.[0] ?? 0);
}
