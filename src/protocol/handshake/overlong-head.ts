import type { Sender } from "../frame/frame.js";
import type { HttpHead } from "./http-head.js";
import { HeadEndFinder } from "./http-syntax.js";

/** What an HTTP head has beyond the bytes of it that are read: it is skipped up to its empty line, and never read as frames. */
export class OverlongHead {
  /** Who sent the head. */
  sender: Sender = "server";
  #end: HeadEndFinder | null = null;

  /** Whether the next byte is part of the head. */
  get isOpen(): boolean {
    return this.#end !== null;
  }

  /** Starts to skip, behind the bytes of a head that were read. */
  begin(head: HttpHead): void {
    this.sender = head.kind === "request" ? "client" : "server";
    this.#end = new HeadEndFinder();
    this.#end.find(head.bytes);
  }

  /** Stops skipping: bytes are missing, and the end of the head may be among them. */
  stop(): void {
    this.#end = null;
  }

  /** Skips the head's part of `bytes`. @returns its length in bytes */
  take(bytes: Uint8Array): number {
    const end = this.#end?.find(bytes) ?? 0;
    if (end < 0) return bytes.length;
    this.#end = null;
    return end;
  }
}
