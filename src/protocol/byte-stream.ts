import { ByteQueue } from "../bytes/byte-queue.js";
import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { Connection } from "./connection.js";
import { couldBeLetter, type FrameLimit } from "./frame/decoder.js";
import type { Sender } from "./frame/frame.js";
import type { FrameStream } from "./frame-stream.js";
import { isInterim } from "./handshake/handshake.js";
import { HeadFinder, type HeadSearchResult, isHeadPrefix, mayStartHead } from "./handshake/head-finder.js";
import { HttpBody } from "./handshake/http-body.js";
import { parseHead, truncateAtGap } from "./handshake/http-head.js";
import { type FoundStep, Resynchroniser, type TimedBytes } from "./resync/resynchroniser.js";

const EMPTY_BYTES = new Uint8Array(0);
export interface ByteStreamOptions {
  /** Whose bytes it has; `null` when they may be both senders', told apart by the MASK bit. */
  readonly sender: Sender | null;
  /** Whether it begins with an HTTP head, whatever that looks like. */
  readonly startsWithHead?: boolean;
  /** Of its first byte, for a stream that is entered in its middle; 0 when left out. */
  readonly offset?: number;
  /** Whether its first byte may be inside a frame. */
  readonly mayStartMidFrame?: boolean;
  /** The connection that the bytes belong to: asked at the start, and again where a request begins another one. */
  nextConnection(): Connection;
}

/**
 * Reads a byte stream of a connection, or of several, one after the other: HTTP heads, and frames (RFC 6455 §4, §5). Whatever
 * pieces it comes in, it reads the same.
 */
export class ByteStream implements FrameLimit {
  readonly #options: ByteStreamOptions;
  #connection: Connection;
  #frames: FrameStream;
  /** Offset of the next byte that is neither read nor held. */
  #offset: number;
  /** Set while it is open whether a head stands here, and the bytes that were held for it. */
  #finder: HeadFinder | null;
  #held: ByteQueue | null = null;
  /** Up to here it was looked for a head that begins before, and there was none: none begins here either. */
  #noHeadBefore = 0;
  /** The next byte begins a frame, though it could begin a head as well. */
  #isFrameStartConfirmed = false;
  readonly #bodyRemaining = new HttpBody();
  readonly #resync: Resynchroniser;
  /** When and where the bytes stood that are read now; those that are to be read next, the first of them last. */
  #at: PacketTimestamp | null = null;
  #deferred: TimedBytes[] | null = null;
  #skippedBytes = 0;

  constructor(options: ByteStreamOptions) {
    this.#options = options;
    this.#offset = options.offset ?? 0;
    this.#connection = options.nextConnection();
    this.#frames = this.#openFrames();
    this.#resync = new Resynchroniser(options.sender);
    this.#finder = new HeadFinder(options.startsWithHead ? "certain" : "start");
    if (options.mayStartMidFrame) this.#startMidStream();
  }

  /**
   * Takes the next bytes. They may be reused by the caller afterwards.
   *
   * @param at when and where they stood in a capture
   */
  push(bytes: Uint8Array, at: PacketTimestamp | null = null): void {
    this.#readAll(bytes, at);
  }

  #readAll(bytes: Uint8Array, at: PacketTimestamp | null): void {
    this.#readPiece(bytes, at);
    for (let next = this.#deferred?.pop(); next !== undefined; next = this.#deferred?.pop())
      this.#readPiece(next.bytes, next.at);
    this.#deferred = null;
  }

  #readPiece(bytes: Uint8Array, at: PacketTimestamp | null): void {
    this.#at = at;
    this.#connection.at = at;
    for (let rest = bytes; rest.length > 0; ) rest = this.#read(rest);
  }

  /** Bytes that were there, and belong to no frame whose beginning could be told. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /**
   * Says that bytes of the stream are missing here: what was being read ends, and frames are read again where one begins.
   *
   * @param length bytes that are missing
   * @param at when and where in a capture that was seen
   */
  addGap(length: number, at: PacketTimestamp | null = null): void {
    this.#at = at;
    this.#connection.at = at;
    this.#resolveHeld(true);
    if (this.#resync.skipRemaining > 0) {
      this.#addGapWhileSkipping(length);
      return;
    }
    // What an HTTP body lacks is nothing to the frames.
    const inBody = this.#bodyRemaining.addGap(length);
    this.#advance(inBody);
    if (inBody < length) this.#addGapInFrames(length - inBody);
  }

  #addGapInFrames(length: number): void {
    const { missingPayload } = this.#frames;
    const within = missingPayload !== null && missingPayload >= length;
    this.#frames.addGap({ offset: this.#offset, length });
    this.#advance(length);
    if (within) {
      this.#resync.startSkipping(missingPayload - length);
      this.#frames.resume({ skippedBytes: missingPayload - length, isBoundaryKnown: true });
    } else this.#loseFrameBoundary();
  }

  /** Bytes that are no frames lie behind, or are missing. */
  #advance(length: number): void {
    this.#offset += length;
    this.#frames.skip(length);
  }

  /** Bytes were there of which no frame is made. */
  #skipBytes(length: number): void {
    this.#advance(length);
    this.#connection.countSkippedBytes(this.#options.sender ?? "server", length);
  }

  #skipUnframed(length: number): void {
    this.#skipBytes(length);
    this.#skippedBytes += length;
  }

  /** Says that the stream is over. */
  end(): void {
    this.#resolveHeld(false);
    const gap = this.#frames.end();
    if (gap !== null) this.#connection.setTrailingGap(this.#options.sender ?? "server", gap);
  }

  /** What is held until more is known is read as what it is without that. */
  #resolveHeld(byGap: boolean): void {
    while (this.#resync.isSearching || this.#held !== null) {
      if (this.#resync.isSearching) {
        this.#resume(this.#resync.endSearch());
        this.#readAll(EMPTY_BYTES, this.#at);
      } else this.#readAll(this.#readHeld(this.#joinHeld(EMPTY_BYTES), byGap), this.#at);
    }
    this.#resync.stopChecking();
  }

  /** Bytes that were held, and no others come behind them; gives those of them that are still to be read. */
  #readHeld(held: Uint8Array, byGap: boolean): Uint8Array {
    if (this.#finder === null) {
      // A header on trial, which is cut.
      this.#resync.stopChecking();
      return held;
    }
    const found = this.#finder.examine(held, true) ?? "frames";
    if (found !== "frames" || !byGap || !isHeadPrefix(held)) return this.#readFound(found, held, byGap);
    // A few bytes of a head that a gap cuts: no frame that makes sense begins with them.
    this.#finder = null;
    this.#skipUnframed(held.length);
    return EMPTY_BYTES;
  }

  /** Bytes came before the first one that is here: frames are read from the first place where one begins. */
  #startMidStream(): void {
    this.#frames.startMidStream();
    this.#beginSearch();
  }

  #loseFrameBoundary(): void {
    this.#connection.markFramesLost(this.#options.sender);
    this.#beginSearch();
  }

  #beginSearch(): void {
    // Where frames are found, no head is looked for.
    this.#finder = null;
    this.#resync.startSearch(this.#offset, this.#connection.rsv1);
  }

  /** Bytes are missing of what is left out up to the boundary that is known, and perhaps beyond it. */
  #addGapWhileSkipping(length: number): void {
    this.#frames.addGap({ offset: this.#offset, length });
    this.#advance(length);
    const rest = this.#resync.skipRemaining - length;
    this.#resync.startSkipping(Math.max(0, rest));
    if (rest < 0) this.#loseFrameBoundary();
  }

  /** The search is over: what it found is read as of the time when it came, and what lies before that is left out. */
  #resume({ skipped, pieces }: FoundStep): void {
    this.#skipUnframed(skipped);
    if (pieces.length === 0) return;
    // What is left out may have been messages, of a connection that has had its handshake since the gap.
    this.#frames.startMidStream();
    this.#frames.resume({ skippedBytes: skipped, isBoundaryKnown: false });
    this.#deferred = [...(this.#deferred ?? []), ...pieces.toReversed()];
  }

  /** Reads some bytes; gives those that are still to be read. */
  #read(bytes: Uint8Array): Uint8Array {
    if (this.#resync.isLost) return this.#skipToFrame(bytes);
    if (this.#bodyRemaining.isOpen) return this.#skipBody(bytes);
    if (this.#finder === null) return this.#readFrames(this.#joinHeld(bytes));
    const held = this.#hold(bytes);
    const all = held.peek(held.length);
    const found = this.#findHead(this.#finder, all);
    if (found === null) {
      held.retain();
      return EMPTY_BYTES;
    }
    this.#held = null;
    return this.#readFound(found, all);
  }

  #findHead(finder: HeadFinder, bytes: Uint8Array): HeadSearchResult {
    if (this.#offset < this.#noHeadBefore) return "frames";
    const found = finder.examine(bytes, false);
    if (found === "frames") this.#noHeadBefore = this.#offset + finder.examinedBytes;
    return found;
  }

  /** Holds bytes until more are there. However small the pieces are, each byte is copied a few times at most. */
  #hold(bytes: Uint8Array): ByteQueue {
    this.#held ??= new ByteQueue();
    this.#held.push(bytes);
    return this.#held;
  }

  /** The bytes that were held, which are no more, and others behind them. */
  #joinHeld(bytes: Uint8Array): Uint8Array {
    if (this.#held === null) return bytes;
    const held = this.#hold(bytes);
    this.#held = null;
    return held.peek(held.length);
  }

  /** Reads bytes while it is unknown where the next frame begins. */
  #skipToFrame(bytes: Uint8Array): Uint8Array {
    const step = this.#resync.next(bytes, this.#at);
    if (step.kind === "skip") {
      this.#skipBytes(step.length);
      return bytes.subarray(step.length);
    }
    if (step.kind === "found") this.#resume(step);
    return EMPTY_BYTES;
  }

  #readFrames(bytes: Uint8Array): Uint8Array {
    const length = this.#resync.isChecking ? this.#checkFrames(bytes) : bytes.length;
    if (length === null) return this.#held === null ? bytes : EMPTY_BYTES;
    const taken = this.#frames.push(bytes.subarray(0, length));
    this.#offset += taken;
    if (taken < length) this.#finder = new HeadFinder("between");
    return bytes.subarray(taken);
  }

  /** How many bytes are frames, where it was guessed that frames begin; `null` when they are held, or searched again. */
  #checkFrames(bytes: Uint8Array): number | null {
    const step = this.#resync.check(bytes, this.#offset, this.#connection.rsv1);
    if (step.kind === "frames") return step.length;
    if (step.kind === "hold") this.#hold(bytes).retain();
    else {
      // The guess was wrong: what is known of messages came from it.
      this.#frames.startMidStream();
      this.#beginSearch();
    }
    return null;
  }

  /** It is known what stands at the start of `bytes`. */
  #readFound(found: Exclude<HeadSearchResult, null>, bytes: Uint8Array, byGap = false): Uint8Array {
    this.#finder = null;
    // Where the server has refused, no frames follow: what is no head is a body.
    if (found === "frames" && this.#bodyRemaining.isUnbounded) return this.#skipBody(bytes);
    if (found === "frames") {
      this.#isFrameStartConfirmed = couldBeLetter(bytes[0] as number);
      return this.#readFrames(bytes);
    }
    this.#resync.stopChecking();
    const { headLength, isTruncated } = found;
    const parsed = parseHead(bytes.subarray(0, headLength), this.#offset, isTruncated);
    const head = byGap && isTruncated ? truncateAtGap(parsed) : parsed;
    if (head.kind === "request" && this.#connection.hasStarted) this.#startNextConnection();
    this.#advance(headLength);
    this.#connection.addHead(head);
    this.#bodyRemaining.begin(head);
    // Behind a request, or what comes before its answer, stands a response; behind a response stand frames.
    this.#finder = new HeadFinder(head.kind === "request" || isInterim(head) ? "response" : "between");
    return bytes.subarray(headLength);
  }

  #skipBody(bytes: Uint8Array): Uint8Array {
    const skipped = this.#bodyRemaining.take(bytes);
    // A head may begin behind each line of a body whose length is unknown.
    if (this.#bodyRemaining.isUnbounded) this.#finder = new HeadFinder("between");
    this.#advance(skipped);
    this.#connection.countBodyBytes(this.#bodyRemaining.sender, skipped);
    return bytes.subarray(skipped);
  }

  #startNextConnection(): void {
    this.#frames.end();
    this.#connection = this.#options.nextConnection();
    this.#connection.at = this.#at;
    this.#frames = this.#openFrames();
  }

  #openFrames(): FrameStream {
    return this.#connection.openFrames(this.#options.sender, this.#offset, this);
  }

  shouldStopBefore(offset: number, bytes: Uint8Array, at: number, end: number): boolean {
    const stops = !this.#isFrameStartConfirmed && offset >= this.#noHeadBefore && mayStartHead(bytes, at, end);
    this.#isFrameStartConfirmed = false;
    return stops;
  }
}
