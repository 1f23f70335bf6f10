import { ByteQueue } from "../../../bytes/byte-queue.js";
import { AnnouncedBody } from "../../../protocol/handshake/announced-body.js";
import { type HttpHead, parseHead } from "../../../protocol/handshake/http-head.js";
import { HeadEndFinder, MAX_HEAD_BYTES } from "../../../protocol/handshake/http-syntax.js";

/** What comes after a head: its body, as far as it announces one; the next head; nothing of HTTP any more. */
export type AfterHead = "body" | "no body" | "end";

/** Why the bytes of a side are not HTTP messages, or cannot be read as such. */
export type HttpFault = "malformed" | "head-too-long";

/** Follows the HTTP messages of one side of a connection: heads are read, bodies skipped. */
export class HttpMessages {
  readonly #onHead: (head: HttpHead) => AfterHead;
  readonly #queue = new ByteQueue();
  #headEnd = new HeadEndFinder();
  /** Bytes at the queue's start in which the head does not end. */
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

  /** Why no more messages are read; `null` while they are, or when they are over. */
  get fault(): HttpFault | null {
    return this.#fault;
  }

  /** Where the message begins that is being read, in bytes from the stream's first; inside a body, the next byte of that. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether a body is being read whose end is known to come. */
  get isInBody(): boolean {
    return this.#bodyRemaining.isOpen;
  }

  /** Takes note of missing bytes. @returns whether all of them belong to a body, so that the messages go on behind them */
  addGap(length: number): boolean {
    const missing = this.#bodyRemaining.addGap(length);
    this.#offset += missing;
    return missing === length;
  }

  /** Takes the next bytes. @returns false when the messages are over, or cannot be read on */
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

  /** Reads a head. @returns its length; 0 when it is not all there, `null` when no message follows */
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

  /** Where a head is too long, its beginning may show an upgrade all the same. Other messages cannot be read on. */
  #readOverlongHead(bytes: Uint8Array): null {
    const head = parseHead(bytes, this.#offset, "too-long");
    if (this.#onHead(head) === "end") return null;
    this.#fault = head.faults.some(({ kind }) => kind === "start-line") ? "malformed" : "head-too-long";
    return null;
  }
}
