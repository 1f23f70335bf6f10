import type { Sender } from "../frame/frame.js";
import type { HttpHead } from "./http-head.js";
import { HeadEndFinder } from "./http-syntax.js";

/** The rest of an HTTP head beyond the length limit: it is skipped up to its empty line, and never read as frames. */
export class OverlongHead {
  /** The sender of the head. */
  sender: Sender = "server";
  #end: HeadEndFinder | null = null;

  /** Whether the next byte is part of the head. */
  get isOpen(): boolean {
    return this.#end !== null;
  }

  /** Starts skipping after the bytes of a head that were read. */
  begin(head: HttpHead): void {
    this.sender = head.kind === "request" ? "client" : "server";
    this.#end = new HeadEndFinder();
    this.#end.find(head.bytes);
  }

  /** Stops skipping: bytes are missing, possibly including the end of the head. */
  stop(): void {
    this.#end = null;
  }

  /** Skips the part of `bytes` in the head. @returns its length in bytes */
  take(bytes: Uint8Array): number {
    const end = this.#end?.find(bytes) ?? 0;
    if (end < 0) return bytes.length;
    this.#end = null;
    return end;
  }
}
