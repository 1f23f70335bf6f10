import type { Sender } from "../frame/frame.js";
import { AnnouncedBody } from "./announced-body.js";
import { isInterim, opensConnection } from "./handshake.js";
import type { HttpHead } from "./http-head.js";

const LF = 0x0a;

/** The body behind an HTTP head of a connection: neither head nor frames, so it is only counted. */
export class HttpBody {
  /** Who sent the head. */
  sender: Sender = "server";
  readonly #announced = new AnnouncedBody();
  #isUnbounded = false;
  #isInLine = false;

  /** Whether the next byte is part of the body. */
  get isOpen(): boolean {
    return this.#announced.isOpen || this.#isInLine;
  }

  /** Whether the server has refused: then whatever is no head is a body, line by line. */
  get isUnbounded(): boolean {
    return this.#isUnbounded;
  }

  /** Starts the body behind a head. */
  begin(head: HttpHead): void {
    this.sender = head.kind === "request" ? "client" : "server";
    if (head.kind === "response" && opensConnection(head)) this.#announced.end();
    else this.#announced.begin(head);
    this.#isUnbounded = head.kind === "response" && !isInterim(head) && !opensConnection(head);
    this.#isInLine = false;
  }

  /** Takes note of `length` missing bytes. @returns how many of them are the body's */
  addGap(length: number): number {
    return this.#announced.addGap(length);
  }

  /** Skips the body's part of `bytes`: what was announced, or else the rest of a line. @returns its length in bytes */
  take(bytes: Uint8Array): number {
    if (this.#announced.isOpen) return this.#announced.take(bytes);
    const lineEnd = bytes.indexOf(LF) + 1;
    this.#isInLine = lineEnd === 0;
    return this.#isInLine ? bytes.length : lineEnd;
  }
}
