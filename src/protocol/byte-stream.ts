import { ByteQueue } from "../bytes/byte-queue.js";
import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { Connection } from "./connection.js";
import { FailStop } from "./fail-stop.js";
import { couldBeLetter, type FrameLimit } from "./frame/decoder.js";
import type { Sender } from "./frame/frame.js";
import type { FrameStream } from "./frame-stream.js";
import { isInterim } from "./handshake/handshake.js";
import { HeadFinder, type HeadSearchResult, isHeadPrefix, mayStartHead } from "./handshake/head-finder.js";
import { HttpBody } from "./handshake/http-body.js";
import { parseHead, truncateAtGap } from "./handshake/http-head.js";
import { OverlongHead } from "./handshake/overlong-head.js";
import { type FoundStep, Resynchroniser, type TimedBytes } from "./resync/resynchroniser.js";

const EMPTY_BYTES = new Uint8Array(0);

/** What follows the bytes that are read. */
type WhatFollows = "bytes" | "gap" | "end";

export interface ByteStreamOptions {
  /** Whose bytes it has; `null` for both senders', distinguished by the MASK bit. */
  readonly sender: Sender | null;
  /** Whether it begins with an HTTP head, even one that does not look like it; false when missing. */
  readonly startsWithHead?: boolean;
  /** Offset of its first byte, in bytes: above 0 for a stream that is entered in its middle; 0 when missing. */
  readonly offset?: number;
  /** Whether its first byte may be inside a frame. */
  readonly mayStartMidFrame?: boolean;
  /** The connection that the bytes belong to. It is called at the start, and where a request begins another one. */
  nextConnection(): Connection;
}

/**
 * Reads a byte stream of one connection, or of several in a row: HTTP heads and frames (RFC 6455 §4, §5). Any split of the
 * bytes into pieces gives the same events.
 *
 * An error that a connection's sink throws passes unchanged through `push`, `addGap` or `end`. The byte stream then stops:
 * each later call throws the same error again and reports nothing.
 */
export class ByteStream implements FrameLimit {
  readonly #options: ByteStreamOptions;
  readonly #failStop = new FailStop();
  #connection: Connection;
  #frames: FrameStream;
  /** Offset of the next byte that is neither read nor held. */
  #offset: number;
  /** Set while it is undecided whether a head begins here, and the bytes that are held until then. */
  #finder: HeadFinder | null;
  #held: ByteQueue | null = null;
  /** No head begins before this offset: the search for one has covered it. */
  #noHeadBefore = 0;
  /** The next byte begins a frame, though it could begin a head as well. */
  #isFrameStartConfirmed = false;
  readonly #bodyRemaining = new HttpBody();
  readonly #overlongHead = new OverlongHead();
  readonly #resync: Resynchroniser;
  /** Time and place of the bytes that are read now; and the pieces to read next, in reverse order. */
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
   * Takes the next bytes. The caller may reuse them afterwards.
   *
   * @param at their time and place in a capture; `null` where unknown
   * @throws what a connection's sink throws, now or in an earlier call
   */
  push(bytes: Uint8Array, at: PacketTimestamp | null = null): void {
    this.#failStop.run(() => this.#readAll(bytes, at));
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

  /** Bytes in the input that were skipped, since no frame was found that they belong to. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /**
   * Notes that bytes of the stream are missing here. What was being read ends; reading continues at the next frame.
   *
   * @param length bytes that are missing, above 0
   * @param at time and place in a capture where that shows; `null` where unknown
   * @throws what a connection's sink throws, now or in an earlier call
   */
  addGap(length: number, at: PacketTimestamp | null = null): void {
    this.#failStop.run(() => this.#startGap(length, at));
  }

  #startGap(length: number, at: PacketTimestamp | null): void {
    this.#at = at;
    this.#connection.at = at;
    this.#resolveHeld("gap");
    if (this.#resync.skipRemaining > 0) {
      this.#addGapWhileSkipping(length);
      return;
    }
    this.#overlongHead.stop();
    // Missing bytes of an HTTP body do not affect frames.
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

  /** Moves on by bytes that are not frames, or are missing. */
  #advance(length: number): void {
    this.#offset += length;
    this.#frames.skip(length);
  }

  /** Skips bytes that are in the input, and are not frames. */
  #skipBytes(length: number): void {
    this.#advance(length);
    this.#connection.countSkippedBytes(this.#options.sender ?? "server", length);
  }

  #skipUnframed(length: number): void {
    this.#skipBytes(length);
    this.#skippedBytes += length;
  }

  /**
   * Ends the stream. The connection's own end is {@link Connection.end}.
   *
   * @throws what a connection's sink throws, now or in an earlier call
   */
  end(): void {
    this.#failStop.run(() => {
      this.#resolveHeld("end");
      const gap = this.#frames.end();
      if (gap !== null) this.#connection.setTrailingGap(this.#options.sender ?? "server", gap);
    });
  }

  /** Decides what held bytes are, since none will follow. */
  #resolveHeld(next: WhatFollows): void {
    while (this.#resync.isSearching || this.#held !== null) {
      if (this.#resync.isSearching) {
        this.#resume(this.#resync.endSearch());
        this.#readAll(EMPTY_BYTES, this.#at);
      } else this.#readAll(this.#readHeld(this.#joinHeld(EMPTY_BYTES), next), this.#at);
    }
    this.#resync.stopChecking();
  }

  /** Reads held bytes that no others follow. @returns those that are still to be read */
  #readHeld(held: Uint8Array, next: WhatFollows): Uint8Array {
    if (this.#finder === null) {
      // A truncated header that was being checked.
      this.#resync.stopChecking();
      return held;
    }
    const found = this.#finder.examineLast(held);
    if (found !== "frames" || next !== "gap" || !isHeadPrefix(held)) return this.#readFound(found, held, next);
    // The first bytes of a head that a gap cuts. As frames they would make no sense.
    this.#finder = null;
    this.#skipUnframed(held.length);
    return EMPTY_BYTES;
  }

  /** The stream begins in its middle: reading starts at the first byte where a frame begins. */
  #startMidStream(): void {
    this.#frames.startMidStream();
    this.#beginSearch();
  }

  #loseFrameBoundary(): void {
    this.#connection.markFramesLost(this.#options.sender);
    this.#beginSearch();
  }

  #beginSearch(): void {
    // Heads are not searched for where frames are.
    this.#finder = null;
    this.#resync.startSearch(this.#offset, this.#connection.rsv1);
  }

  /** Bytes are missing in a part that is skipped up to a known frame boundary, and perhaps beyond it. */
  #addGapWhileSkipping(length: number): void {
    this.#frames.addGap({ offset: this.#offset, length });
    this.#advance(length);
    const rest = this.#resync.skipRemaining - length;
    this.#resync.startSkipping(Math.max(0, rest));
    if (rest < 0) this.#loseFrameBoundary();
  }

  /** Ends the search: what it found is read with the time it came at, and the bytes before that are skipped. */
  #resume({ skipped, pieces }: FoundStep): void {
    this.#skipUnframed(skipped);
    if (pieces.length === 0) return;
    // The skipped bytes may have been messages, of a connection that has had its handshake since the gap.
    this.#frames.startMidStream();
    this.#frames.resume({ skippedBytes: skipped, isBoundaryKnown: false });
    this.#deferred = [...(this.#deferred ?? []), ...pieces.toReversed()];
  }

  /** Reads some of the bytes. @returns those that are still to be read */
  #read(bytes: Uint8Array): Uint8Array {
    if (this.#resync.isLost) return this.#skipToFrame(bytes);
    if (this.#overlongHead.isOpen) return this.#skipOverlongHead(bytes);
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

  #findHead(finder: HeadFinder, bytes: Uint8Array): HeadSearchResult | null {
    if (this.#offset < this.#noHeadBefore) return "frames";
    const found = finder.examine(bytes);
    if (found === "frames") this.#noHeadBefore = this.#offset + finder.examinedBytes;
    return found;
  }

  /** Holds bytes until more come. Each byte is copied only a few times, however small the pieces are. */
  #hold(bytes: Uint8Array): ByteQueue {
    this.#held ??= new ByteQueue();
    this.#held.push(bytes);
    return this.#held;
  }

  /** The bytes that were held, followed by others; none are held afterwards. */
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

  /** How many bytes are frames, after a guess where frames begin; `null` when they are held, or searched again. */
  #checkFrames(bytes: Uint8Array): number | null {
    const step = this.#resync.check(bytes, this.#offset, this.#connection.rsv1);
    if (step.kind === "frames") return step.length;
    if (step.kind === "hold") this.#hold(bytes).retain();
    else {
      // The guess was wrong, and so is what it showed about messages.
      this.#frames.startMidStream();
      this.#beginSearch();
    }
    return null;
  }

  /** Reads what was found at the start of `bytes`. */
  #readFound(found: HeadSearchResult, bytes: Uint8Array, next: WhatFollows = "bytes"): Uint8Array {
    this.#finder = null;
    // No frames follow a refusal: whatever is not a head is its body.
    if (found === "frames" && this.#bodyRemaining.isUnbounded) return this.#skipBody(bytes);
    if (found === "frames") {
      this.#isFrameStartConfirmed = couldBeLetter(bytes[0] as number);
      return this.#readFrames(bytes);
    }
    this.#resync.stopChecking();
    const { headLength, extent } = found;
    const parsed = parseHead(bytes.subarray(0, headLength), this.#offset, extent);
    const head = next === "gap" && extent === "truncated" ? truncateAtGap(parsed) : parsed;
    if (head.kind === "request" && this.#connection.hasStarted) this.#startNextConnection();
    this.#advance(headLength);
    this.#connection.addHead(head);
    this.#bodyRemaining.begin(head);
    if (extent === "too-long") this.#overlongHead.begin(head);
    // A response follows a request or an interim response; frames follow other responses.
    this.#finder = new HeadFinder(head.kind === "request" || isInterim(head) ? "response" : "between");
    return bytes.subarray(headLength);
  }

  /** Skips what a head has beyond the longest one that is read, up to its empty line. */
  #skipOverlongHead(bytes: Uint8Array): Uint8Array {
    const skipped = this.#overlongHead.take(bytes);
    this.#advance(skipped);
    this.#connection.countSkippedBytes(this.#overlongHead.sender, skipped);
    return bytes.subarray(skipped);
  }

  #skipBody(bytes: Uint8Array): Uint8Array {
    const skipped = this.#bodyRemaining.take(bytes);
    // In a body of unknown length, a head may begin after each line.
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
