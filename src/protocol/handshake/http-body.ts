import type { Sender } from "../frame/frame.js";
import { AnnouncedBody } from "./announced-body.js";
import { isInterim, opensConnection } from "./handshake.js";
import type { HttpHead } from "./http-head.js";

const LF = 0x0a;

/** The body after an HTTP head: it is only counted, because it contains neither a head nor frames. */
export class HttpBody {
  /** The sender of the head. */
  sender: Sender = "server";
  readonly #announced = new AnnouncedBody();
  #isUnbounded = false;
  #isInLine = false;

  /** Whether the next byte is part of the body. */
  get isOpen(): boolean {
    return this.#announced.isOpen || this.#isInLine;
  }

  /** Whether the server has refused: then anything that is not a head belongs to the body, line by line. */
  get isUnbounded(): boolean {
    return this.#isUnbounded;
  }

  /** Starts the body after a head. */
  begin(head: HttpHead): void {
    this.sender = head.kind === "request" ? "client" : "server";
    if (head.kind === "response" && opensConnection(head)) this.#announced.end();
    else this.#announced.begin(head);
    this.#isUnbounded = head.kind === "response" && !isInterim(head) && !opensConnection(head);
    this.#isInLine = false;
  }

  /** Skips `length` missing bytes. @returns how many of them belong to the body */
  addGap(length: number): number {
    return this.#announced.addGap(length);
  }

  /** Skips the part of `bytes` in the body: the announced part, or else the rest of a line. @returns its length in bytes */
  take(bytes: Uint8Array): number {
    if (this.#announced.isOpen) return this.#announced.take(bytes);
    const lineEnd = bytes.indexOf(LF) + 1;
    this.#isInLine = lineEnd === 0;
    return this.#isInLine ? bytes.length : lineEnd;
  }
}
