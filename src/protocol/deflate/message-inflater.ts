import { ByteBuilder } from "../../bytes/byte-builder.js";
import type { Span } from "../../bytes/span.js";
import { Utf8Validator } from "../../bytes/utf8.js";
import type { Utf8Error } from "../text-check.js";
import type { DeflateSide } from "./deflate-agreement.js";
import { DeflateDecoder, type InflateFault } from "./deflate-decoder.js";
import type { InflateSink } from "./inflate-output.js";

/** Past the limit, a message may inflate to so many times its compressed size before it is taken for a bomb. */
const BOMB_RATIO = 100;

/** Why bytes that a message copies from are not there. */
export type ContextLoss = "failed" | "limited";

/** Why a compressed message did not inflate: the byte that cannot be, or the message's last byte. */
export interface InflateError extends Span {
  readonly kind: InflateFault["kind"];
  readonly distance: number;
  readonly reach: number;
  /** Set where the message may only copy from one before it that did not inflate. */
  readonly lost: ContextLoss | null;
}

/** What came out of a compressed message. */
export interface InflatedPayload {
  readonly payload: Uint8Array;
  /** Bytes that came out and were not kept. */
  readonly payloadOmitted: number;
  readonly payloadLength: number;
}

/** Inflates the compressed messages of one sender, and checks their text (RFC 7692 §7.2.2, RFC 6455 §8.1). */
export class MessageInflater implements InflateSink {
  readonly #side: DeflateSide;
  readonly #limit: number;
  readonly #decoder: DeflateDecoder;
  readonly #builder: ByteBuilder;
  readonly #validator = new Utf8Validator();
  #isText = false;
  /** Bytes that its frames have, or announce. */
  #compressedLength = 0;
  #inflatedLength = 0;
  /** Of the byte at index 0 of the bytes that were pushed last. */
  #base = 0;
  #contextLoss: ContextLoss | null = null;
  /** Whether what came out last is not all that there was: the next message cannot copy from anything. */
  #isContextBroken = false;
  #isLimited = false;
  #error: InflateError | null = null;
  #utf8Error: Utf8Error | null = null;

  /**
   * @param keep bytes of a message that are kept
   * @param limit bytes after which a message that inflates to {@link BOMB_RATIO} times its size is not inflated on
   */
  constructor(side: DeflateSide, keep: number, limit: number) {
    this.#side = side;
    this.#limit = limit;
    this.#decoder = new DeflateDecoder(2 ** side.windowBits, this);
    this.#builder = new ByteBuilder(keep);
  }

  /** What messages may copy from is no longer all there. */
  loseContext(): void {
    this.#contextLoss = "limited";
    this.#isContextBroken = true;
    this.#isLimited = true;
    this.#decoder.stop();
  }

  /** A message begins. */
  begin(text: boolean): void {
    if (!this.#side.contextTakeover) this.#contextLoss = null;
    if (!this.#side.contextTakeover || this.#isContextBroken) this.#decoder.resetContext();
    this.#isContextBroken = false;
    this.#decoder.begin();
    this.#validator.reset();
    this.#builder.take();
    this.#isText = text;
    this.#compressedLength = 0;
    this.#inflatedLength = 0;
    this.#isLimited = false;
    this.#error = null;
    this.#utf8Error = null;
  }

  /**
   * The next bytes of the message, `bytes[start, end)`.
   *
   * @param offset of the byte at `start`, in the byte stream
   */
  push(bytes: Uint8Array, start: number, end: number, offset: number): void {
    this.#base = offset - start;
    const fault = this.#decoder.push(bytes, start, end);
    if (this.#decoder.isLimited && !this.#isLimited) {
      this.#isLimited = true;
      this.#contextLoss = "limited";
      this.#isContextBroken = true;
    }
    if (fault !== null) this.#fail(fault, this.#base + fault.at);
  }

  /**
   * The message is over.
   *
   * @param last offset of its last byte
   */
  end(last: number): void {
    const fault = this.#decoder.end();
    if (fault !== null) {
      this.#fail(fault, last);
      return;
    }
    const { sequence, failed } = this.#validator;
    if (!this.#isText || failed || sequence.length === 0 || this.#error !== null || this.#isLimited) return;
    const inflatedAt = this.#inflatedLength - sequence.length;
    this.#utf8Error = { offset: last, length: 1, sequence: [...sequence], byte: null, inflatedAt };
  }

  /** What came out of the message so far that was kept. */
  take(): InflatedPayload {
    const payloadOmitted = this.#builder.omitted;
    return { payload: this.#builder.take(), payloadOmitted, payloadLength: this.#inflatedLength };
  }

  /** The fault found since the last call. */
  takeError(): InflateError | null {
    const error = this.#error;
    this.#error = null;
    return error;
  }

  /** Where the text stops being UTF-8, if found since the last call. */
  takeUtf8Error(): Utf8Error | null {
    const error = this.#utf8Error;
    this.#utf8Error = null;
    return error;
  }

  /** How many bytes had come out when inflating was stopped at the limit; `null` when it was not. */
  get limitedAt(): number | null {
    return this.#isLimited ? this.#inflatedLength : null;
  }

  writeInflated(bytes: Uint8Array, start: number, end: number): void {
    this.#builder.append(bytes, start, end);
    if (this.#isText) this.#checkText(bytes, start, end);
    this.#inflatedLength += end - start;
  }

  /** More of the message is announced: what it may inflate to follows from all that it has. */
  announce(bytes: number): void {
    this.#compressedLength += bytes;
    this.#decoder.setLimit(Math.max(this.#limit, BOMB_RATIO * this.#compressedLength));
  }

  #checkText(bytes: Uint8Array, start: number, end: number): void {
    const bad = this.#validator.push(bytes, start, end);
    if (bad < 0) return;
    const offset = this.#base + this.#decoder.findSourceIndex(this.#decoder.flushedInPiece + (bad - start));
    this.#utf8Error = {
      offset,
      length: 1,
      sequence: [...this.#validator.sequence],
      byte: bytes[bad] as number,
      inflatedAt: this.#inflatedLength + (bad - start),
    };
  }

  #fail({ kind, distance, reach }: InflateFault, offset: number): void {
    const lost = kind === "beyond-start" ? this.#contextLoss : null;
    if (kind !== "no-empty-block") this.#isContextBroken = true;
    if (lost === "limited") {
      this.#isLimited = true;
      return;
    }
    this.#error = { kind, distance, reach, offset, length: 1, lost };
    // All that there was came out, and the messages that follow may copy from it.
    if (kind !== "no-empty-block") this.#contextLoss = "failed";
  }
}
