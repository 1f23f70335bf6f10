import { ByteQueue } from "../../../bytes/byte-queue.js";
import { AnnouncedBody } from "../../../protocol/handshake/announced-body.js";
import { type HttpHead, parseHead } from "../../../protocol/handshake/http-head.js";
import { HeadEndFinder, MAX_HEAD_BYTES } from "../../../protocol/handshake/http-syntax.js";

/** What follows a head: its body if the head announces one, the next head, or the end of HTTP. */
export type AfterHead = "body" | "no body" | "end";

/** Why a side's bytes cannot be read as HTTP messages. */
export type HttpFault = "malformed" | "head-too-long";

/** Follows the HTTP messages of one side of a connection: reads heads and skips bodies. */
export class HttpMessages {
  readonly #onHead: (head: HttpHead) => AfterHead;
  readonly #queue = new ByteQueue();
  #headEnd = new HeadEndFinder();
  /** The number of bytes at the queue's start that were already searched for the end of the head. */
  #searchedBytes = 0;
  #offset: number;
  readonly #bodyRemaining = new AnnouncedBody();
  #fault: HttpFault | null = null;

  /**
   * @param seen receives each head, and returns what comes after it
   * @param offset of the first byte in the stream
   */
  constructor(seen: (head: HttpHead) => AfterHead, offset: number) {
    this.#onHead = seen;
    this.#offset = offset;
  }

  /** Why reading stopped; `null` while it continues or when the messages have ended. */
  get fault(): HttpFault | null {
    return this.#fault;
  }

  /** The stream offset of the current message, in bytes; inside a body, the offset of its next byte. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether a body with a defined end is being read. */
  get isInBody(): boolean {
    return this.#bodyRemaining.isOpen;
  }

  /** Skips missing bytes. @returns whether all of them belong to a body, so that messages continue after them */
  addGap(length: number): boolean {
    const missing = this.#bodyRemaining.addGap(length);
    this.#offset += missing;
    return missing === length;
  }

  /** Reads the next bytes. @returns false if the messages have ended or become unreadable */
  push(bytes: Uint8Array): boolean {
    this.#queue.push(bytes);
    while (this.#queue.length > 0) {
      const taken = this.#bodyRemaining.isOpen ? this.#skipBody() : this.#readHead();
      if (taken === null) {
        this.#queue.take(this.#queue.length);
        return false;
      }
      if (taken === 0) break;
      this.#queue.take(taken);
      this.#offset += taken;
    }
    this.#queue.retain();
    return true;
  }

  #skipBody(): number | null {
    const taken = this.#bodyRemaining.take(this.#queue.peek(this.#queue.length));
    if (!this.#bodyRemaining.isMalformed) return taken;
    this.#fault = "malformed";
    return null;
  }

  /** Reads a head. @returns its length; 0 if it is incomplete, `null` if no message follows */
  #readHead(): number | null {
    const bytes = this.#queue.peek(this.#queue.length);
    const end = this.#headEnd.find(bytes, this.#searchedBytes);
    this.#searchedBytes = end < 0 ? bytes.length : 0;
    const length = end < 0 ? bytes.length : end;
    if (length > MAX_HEAD_BYTES) return this.#readOverlongHead(bytes.subarray(0, MAX_HEAD_BYTES));
    if (end < 0) return 0;
    const head = parseHead(bytes.subarray(0, end), this.#offset);
    const after = this.#onHead(head);
    if (after === "end") return null;
    if (after === "body") this.#bodyRemaining.begin(head);
    return end;
  }

  /** Checks a head that is too long: its start may still show an upgrade. Other messages become unreadable. */
  #readOverlongHead(bytes: Uint8Array): null {
    const head = parseHead(bytes, this.#offset, "too-long");
    if (this.#onHead(head) === "end") return null;
    this.#fault = head.faults.some(({ kind }) => kind === "start-line") ? "malformed" : "head-too-long";
    return null;
  }
}
