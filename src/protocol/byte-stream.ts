import { ByteQueue } from "../bytes/byte-queue.js";
import type { Moment } from "../bytes/packet-timestamp.js";
import type { Connection } from "./connection.js";
import { couldBeLetter, type FrameLimit } from "./frame/decoder.js";
import type { Sender } from "./frame/frame.js";
import type { FrameStream } from "./frame-stream.js";
import { isInterim } from "./handshake/handshake.js";
import { couldBeginHead, type Found, HeadFinder, mayBeginHead } from "./handshake/head-finder.js";
import { HttpBody } from "./handshake/http-body.js";
import { cutByGap, parseHead } from "./handshake/http-head.js";
import { type FoundStep, Resynchroniser, type TimedBytes } from "./resync/resynchroniser.js";

const NOTHING = new Uint8Array(0);
export interface ByteStreamOptions {
  /** Whose bytes it has; `null` when they may be both senders', told apart by the MASK bit. */
  readonly sender: Sender | null;
  /** Whether it begins with an HTTP head, whatever that looks like. */
  readonly beginsWithHead?: boolean;
  /** Of its first byte, for a stream that is entered in its middle; 0 when left out. */
  readonly offset?: number;
  /** Whether its first byte may be inside a frame. */
  readonly inTheMiddle?: boolean;
  /** The connection that the bytes belong to: asked at the start, and again where a request begins another one. */
  connection(): Connection;
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
  #cleared = false;
  readonly #body = new HttpBody();
  readonly #resync: Resynchroniser;
  /** When and where the bytes stood that are read now; those that are to be read next, the first of them last. */
  #at: Moment | null = null;
  #later: TimedBytes[] | null = null;
  #leftOut = 0;

  constructor(options: ByteStreamOptions) {
    this.#options = options;
    this.#offset = options.offset ?? 0;
    this.#connection = options.connection();
    this.#frames = this.#openFrames();
    this.#resync = new Resynchroniser(options.sender);
    this.#finder = new HeadFinder(options.beginsWithHead ? "certain" : "start");
    if (options.inTheMiddle) this.#enterMiddle();
  }

  /**
   * Takes the next bytes. They may be reused by the caller afterwards.
   *
   * @param at when and where they stood in a capture
   */
  push(bytes: Uint8Array, at: Moment | null = null): void {
    this.#readAll(bytes, at);
  }

  #readAll(bytes: Uint8Array, at: Moment | null): void {
    this.#readPiece(bytes, at);
    for (let next = this.#later?.pop(); next !== undefined; next = this.#later?.pop())
      this.#readPiece(next.bytes, next.at);
    this.#later = null;
  }

  #readPiece(bytes: Uint8Array, at: Moment | null): void {
    this.#at = at;
    this.#connection.at = at;
    for (let rest = bytes; rest.length > 0; ) rest = this.#read(rest);
  }

  /** Bytes that were there, and belong to no frame whose beginning could be told. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * Says that bytes of the stream are missing here: what was being read ends, and frames are read again where one begins.
   *
   * @param length bytes that are missing
   * @param at when and where in a capture that was seen
   */
  gap(length: number, at: Moment | null = null): void {
    this.#at = at;
    this.#connection.at = at;
    this.#settle(true);
    if (this.#resync.rest > 0) {
      this.#gapInRest(length);
      return;
    }
    // What an HTTP body lacks is nothing to the frames.
    const inBody = this.#body.gap(length);
    this.#pass(inBody);
    if (inBody < length) this.#gapInFrames(length - inBody);
  }

  #gapInFrames(length: number): void {
    const { missing } = this.#frames;
    const within = missing !== null && missing >= length;
    this.#frames.gap({ offset: this.#offset, length });
    this.#pass(length);
    if (within) {
      this.#resync.skipRest(missing - length);
      this.#frames.resume({ skipped: missing - length, sure: true });
    } else this.#loseFrames();
  }

  /** Bytes that are no frames lie behind, or are missing. */
  #pass(length: number): void {
    this.#offset += length;
    this.#frames.skip(length);
  }

  /** Bytes were there of which no frame is made. */
  #passOver(length: number): void {
    this.#pass(length);
    this.#connection.passedOver(this.#options.sender ?? "server", length);
  }

  #leaveOut(length: number): void {
    this.#passOver(length);
    this.#leftOut += length;
  }

  /** Says that the stream is over. */
  end(): void {
    this.#settle(false);
    const gap = this.#frames.end();
    if (gap !== null) this.#connection.lost(this.#options.sender ?? "server", gap);
  }

  /** What is held until more is known is read as what it is without that. */
  #settle(byGap: boolean): void {
    while (this.#resync.searching || this.#held !== null) {
      if (this.#resync.searching) {
        this.#resume(this.#resync.endSearch());
        this.#readAll(NOTHING, this.#at);
      } else this.#readAll(this.#settled(this.#withHeld(NOTHING), byGap), this.#at);
    }
    this.#resync.stopChecking();
  }

  /** Bytes that were held, and no others come behind them; gives those of them that are still to be read. */
  #settled(held: Uint8Array, byGap: boolean): Uint8Array {
    if (this.#finder === null) {
      // A header on trial, which is cut.
      this.#resync.stopChecking();
      return held;
    }
    const found = this.#finder.look(held, true) ?? "frames";
    if (found !== "frames" || !byGap || !couldBeginHead(held)) return this.#resolve(found, held, byGap);
    // A few bytes of a head that a gap cuts: no frame that makes sense begins with them.
    this.#finder = null;
    this.#leaveOut(held.length);
    return NOTHING;
  }

  /** Bytes came before the first one that is here: frames are read from the first place where one begins. */
  #enterMiddle(): void {
    this.#frames.enterMiddle();
    this.#beginSearch();
  }

  #loseFrames(): void {
    this.#connection.lostFrames(this.#options.sender);
    this.#beginSearch();
  }

  #beginSearch(): void {
    // Where frames are found, no head is looked for.
    this.#finder = null;
    this.#resync.search(this.#offset, this.#connection.rsv1);
  }

  /** Bytes are missing of what is left out up to the boundary that is known, and perhaps beyond it. */
  #gapInRest(length: number): void {
    this.#frames.gap({ offset: this.#offset, length });
    this.#pass(length);
    const rest = this.#resync.rest - length;
    this.#resync.skipRest(Math.max(0, rest));
    if (rest < 0) this.#loseFrames();
  }

  /** The search is over: what it found is read as of the time when it came, and what lies before that is left out. */
  #resume({ skipped, pieces }: FoundStep): void {
    this.#leaveOut(skipped);
    if (pieces.length === 0) return;
    // What is left out may have been messages, of a connection that has had its handshake since the gap.
    this.#frames.enterMiddle();
    this.#frames.resume({ skipped, sure: false });
    this.#later = [...(this.#later ?? []), ...pieces.toReversed()];
  }

  /** Reads some bytes; gives those that are still to be read. */
  #read(bytes: Uint8Array): Uint8Array {
    if (this.#resync.lost) return this.#readLost(bytes);
    if (this.#body.open) return this.#skipBody(bytes);
    if (this.#finder === null) return this.#readFrames(this.#withHeld(bytes));
    const held = this.#hold(bytes);
    const all = held.peek(held.length);
    const found = this.#look(this.#finder, all);
    if (found === null) {
      held.keep();
      return NOTHING;
    }
    this.#held = null;
    return this.#resolve(found, all);
  }

  #look(finder: HeadFinder, bytes: Uint8Array): Found {
    if (this.#offset < this.#noHeadBefore) return "frames";
    const found = finder.look(bytes, false);
    if (found === "frames") this.#noHeadBefore = this.#offset + finder.looked;
    return found;
  }

  /** Holds bytes until more are there. However small the pieces are, each byte is copied a few times at most. */
  #hold(bytes: Uint8Array): ByteQueue {
    this.#held ??= new ByteQueue();
    this.#held.push(bytes);
    return this.#held;
  }

  /** The bytes that were held, which are no more, and others behind them. */
  #withHeld(bytes: Uint8Array): Uint8Array {
    if (this.#held === null) return bytes;
    const held = this.#hold(bytes);
    this.#held = null;
    return held.peek(held.length);
  }

  /** Reads bytes while it is unknown where the next frame begins. */
  #readLost(bytes: Uint8Array): Uint8Array {
    const step = this.#resync.next(bytes, this.#at);
    if (step.kind === "skip") {
      this.#passOver(step.length);
      return bytes.subarray(step.length);
    }
    if (step.kind === "found") this.#resume(step);
    return NOTHING;
  }

  #readFrames(bytes: Uint8Array): Uint8Array {
    const length = this.#resync.checking ? this.#checkedLength(bytes) : bytes.length;
    if (length === null) return this.#held === null ? bytes : NOTHING;
    const taken = this.#frames.push(bytes.subarray(0, length));
    this.#offset += taken;
    if (taken < length) this.#finder = new HeadFinder("between");
    return bytes.subarray(taken);
  }

  /** How many bytes are frames, where it was guessed that frames begin; `null` when they are held, or searched again. */
  #checkedLength(bytes: Uint8Array): number | null {
    const step = this.#resync.check(bytes, this.#offset, this.#connection.rsv1);
    if (step.kind === "frames") return step.length;
    if (step.kind === "hold") this.#hold(bytes).keep();
    else {
      // The guess was wrong: what is known of messages came from it.
      this.#frames.enterMiddle();
      this.#beginSearch();
    }
    return null;
  }

  /** It is known what stands at the start of `bytes`. */
  #resolve(found: Exclude<Found, null>, bytes: Uint8Array, byGap = false): Uint8Array {
    this.#finder = null;
    // Where the server has refused, no frames follow: what is no head is a body.
    if (found === "frames" && this.#body.unframed) return this.#skipBody(bytes);
    if (found === "frames") {
      this.#cleared = couldBeLetter(bytes[0] as number);
      return this.#readFrames(bytes);
    }
    this.#resync.stopChecking();
    const { headLength, cut } = found;
    const parsed = parseHead(bytes.subarray(0, headLength), this.#offset, cut);
    const head = byGap && cut ? cutByGap(parsed) : parsed;
    if (head.kind === "request" && this.#connection.begun) this.#reconnect();
    this.#pass(headLength);
    this.#connection.head(head);
    this.#body.begin(head);
    // Behind a request, or what comes before its answer, stands a response; behind a response stand frames.
    this.#finder = new HeadFinder(head.kind === "request" || isInterim(head) ? "response" : "between");
    return bytes.subarray(headLength);
  }

  #skipBody(bytes: Uint8Array): Uint8Array {
    const skipped = this.#body.take(bytes);
    // A head may begin behind each line of a body whose length is unknown.
    if (this.#body.unframed) this.#finder = new HeadFinder("between");
    this.#pass(skipped);
    this.#connection.body(this.#body.sender, skipped);
    return bytes.subarray(skipped);
  }

  #reconnect(): void {
    this.#frames.end();
    this.#connection = this.#options.connection();
    this.#connection.at = this.#at;
    this.#frames = this.#openFrames();
  }

  #openFrames(): FrameStream {
    return this.#connection.frames(this.#options.sender, this.#offset, this);
  }

  stopsBefore(offset: number, bytes: Uint8Array, at: number, end: number): boolean {
    const stops = !this.#cleared && offset >= this.#noHeadBefore && mayBeginHead(bytes, at, end);
    this.#cleared = false;
    return stops;
  }
}
