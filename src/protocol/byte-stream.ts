import { ByteQueue } from "../bytes/byte-queue.js";
import type { Moment } from "../bytes/packet-timestamp.js";
import type { Connection } from "./connection.js";
import { couldBeLetter, type FrameLimit } from "./frame/decoder.js";
import type { Sender } from "./frame/frame.js";
import type { FrameStream } from "./frame-stream.js";
import { isInterim, opensConnection } from "./handshake/handshake.js";
import { couldBeginHead, type Found, HeadFinder, mayBeginHead } from "./handshake/head-finder.js";
import { cutByGap, type HttpHead, headersNamed, parseHead } from "./handshake/http-head.js";
import { type FrameChain, follow, headerAt } from "./resync/frame-chain.js";
import { type FoundFrames, FrameSearch } from "./resync/frame-search.js";

const NOTHING = new Uint8Array(0);
/** What has to speak for frames, in bits, whose first one was guessed, before they are read as if it was known. */
const SURE = 60;

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

/** Frames that are read though it was only guessed where they begin. */
interface Trial {
  readonly chain: FrameChain;
  /** Where the next frame begins. */
  readonly next: number;
}

/** Bytes that are read later than they came. */
interface Later {
  readonly bytes: Uint8Array;
  readonly at: Moment | null;
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
  /** Bytes of an HTTP body that are still to come, and whose they are. */
  #body = 0;
  #bodyOf: Sender = "server";
  /** Whether the server has refused, so that HTTP goes on; and whether its body was left in the middle of a line. */
  #http = false;
  #inLine = false;
  /** Bytes behind a gap that belong to the frame that it cut, and are still to come. */
  #rest = 0;
  /** Set while it is open where a frame begins behind a gap; and while that was guessed, and may turn out wrong. */
  #search: FrameSearch | null = null;
  #trial: Trial | null = null;
  /** When and where the bytes stood that are read now; those that are to be read next, the first of them last. */
  #at: Moment | null = null;
  #later: Later[] | null = null;
  #leftOut = 0;

  constructor(options: ByteStreamOptions) {
    this.#options = options;
    this.#offset = options.offset ?? 0;
    this.#connection = options.connection();
    this.#frames = this.#openFrames();
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
    if (this.#rest > 0) {
      this.#gapInRest(length);
      return;
    }
    // What an HTTP body lacks is nothing to the frames.
    const inBody = Math.min(this.#body, length);
    this.#body -= inBody;
    this.#pass(inBody);
    if (inBody < length) this.#gapInFrames(length - inBody);
  }

  #gapInFrames(length: number): void {
    const { missing } = this.#frames;
    const within = missing !== null && missing >= length;
    this.#frames.gap({ offset: this.#offset, length });
    this.#pass(length);
    if (within) this.#skipRest(missing - length);
    else this.#loseFrames();
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
    while (this.#search !== null || this.#held !== null) {
      if (this.#search !== null) {
        this.#endSearch(this.#search);
        continue;
      }
      this.#readAll(this.#settled(this.#withHeld(NOTHING), byGap), this.#at);
    }
    this.#trial = null;
  }

  /** Bytes that were held, and no others come behind them; gives those of them that are still to be read. */
  #settled(held: Uint8Array, byGap: boolean): Uint8Array {
    if (this.#finder === null) {
      // A header on trial, which is cut.
      this.#trial = null;
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
    this.#trial = null;
    this.#search = new FrameSearch(this.#options.sender, this.#connection.rsv1, this.#offset);
  }

  /** Bytes are missing of what is left out up to the boundary that is known, and perhaps beyond it. */
  #gapInRest(length: number): void {
    this.#frames.gap({ offset: this.#offset, length });
    this.#pass(length);
    if (this.#rest < length) this.#loseFrames();
    this.#rest = Math.max(0, this.#rest - length);
  }

  /** The frame that the gap cut has more bytes behind it, up to the boundary that its header told. */
  #skipRest(rest: number): void {
    this.#rest = rest;
    this.#frames.resume({ skipped: rest, sure: true });
  }

  /** Frames were found: what there is of them is read as of the time when it came. */
  #resume(search: FrameSearch, { chain, end }: FoundFrames): void {
    const skipped = chain.start - this.#offset;
    this.#search = null;
    this.#leaveOut(skipped);
    // What is left out may have been messages, of a connection that has had its handshake since the gap.
    this.#frames.enterMiddle();
    this.#frames.resume({ skipped, sure: false });
    this.#trial = { chain, next: end };
    const pieces = [...search.from(chain.start)];
    this.#later ??= [];
    for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) this.#later.push(piece);
  }

  /** No more bytes follow in which a frame could begin. */
  #endSearch(search: FrameSearch): void {
    const found = search.end();
    if (found === null) {
      this.#search = null;
      this.#leaveOut(search.length);
    } else {
      this.#resume(search, found);
      this.#readAll(NOTHING, this.#at);
    }
  }

  /** Reads some bytes; gives those that are still to be read. */
  #read(bytes: Uint8Array): Uint8Array {
    if (this.#rest > 0) return this.#skip(bytes);
    if (this.#search !== null) {
      const found = this.#search.push(bytes, this.#at);
      if (found !== null) this.#resume(this.#search, found);
      return NOTHING;
    }
    if (this.#body > 0) return this.#skipBody(bytes);
    if (this.#inLine) return this.#skipLine(bytes);
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

  #skip(bytes: Uint8Array): Uint8Array {
    const skipped = Math.min(this.#rest, bytes.length);
    this.#rest -= skipped;
    this.#passOver(skipped);
    return bytes.subarray(skipped);
  }

  #readFrames(bytes: Uint8Array): Uint8Array {
    if (this.#trial !== null) return this.#framesOnTrial(bytes, this.#trial);
    const taken = this.#frames.push(bytes);
    this.#offset += taken;
    if (taken < bytes.length) this.#finder = new HeadFinder("between");
    return bytes.subarray(taken);
  }

  /** Reads the frame up to the next header, which has to make sense where it was guessed that frames begin. */
  #framesOnTrial(bytes: Uint8Array, { chain, next }: Trial): Uint8Array {
    if (this.#offset === next) return this.#tryHeader(bytes, chain);
    const vouched = Math.min(next - this.#offset, bytes.length);
    const taken = this.#frames.push(bytes.subarray(0, vouched));
    this.#offset += taken;
    if (taken < vouched) this.#finder = new HeadFinder("between");
    return bytes.subarray(taken);
  }

  #tryHeader(bytes: Uint8Array, before: FrameChain): Uint8Array {
    const header = headerAt(bytes, 0, bytes.length, this.#options.sender);
    if (header === "cut") {
      this.#hold(bytes).keep();
      return NOTHING;
    }
    const chain = header === null ? null : follow(before, header, this.#connection.rsv1);
    if (chain === null || header === null) {
      // The guess was wrong: what is known of messages came from it.
      this.#frames.enterMiddle();
      this.#beginSearch();
    } else if (chain.bits >= SURE) this.#trial = null;
    else this.#trial = { chain, next: this.#offset + header.headerLength + header.payloadLength };
    return bytes;
  }

  /** It is known what stands at the start of `bytes`. */
  #resolve(found: Exclude<Found, null>, bytes: Uint8Array, byGap = false): Uint8Array {
    this.#finder = null;
    if (found === "frames" && this.#http) return this.#skipLine(bytes);
    if (found === "frames") {
      this.#cleared = couldBeLetter(bytes[0] as number);
      return this.#readFrames(bytes);
    }
    const { headLength, cut } = found;
    const parsed = parseHead(bytes.subarray(0, headLength), this.#offset, cut);
    const head = byGap && cut ? cutByGap(parsed) : parsed;
    if (head.kind === "request" && this.#connection.begun) this.#reconnect();
    this.#pass(headLength);
    this.#connection.head(head);
    this.#body = bodyLength(head);
    this.#bodyOf = head.kind === "request" ? "client" : "server";
    this.#http = head.kind === "response" && !isInterim(head) && !opensConnection(head);
    // Behind a request, or what comes before its answer, stands a response; behind a response stand frames.
    this.#finder = new HeadFinder(head.kind === "request" || isInterim(head) ? "response" : "between");
    return bytes.subarray(headLength);
  }

  #skipBody(bytes: Uint8Array): Uint8Array {
    const skipped = Math.min(this.#body, bytes.length);
    this.#body -= skipped;
    return this.#skipAsBody(bytes, skipped);
  }

  /** Where the server has refused, no frames follow: what is no head, line for line, is a body. */
  #skipLine(bytes: Uint8Array): Uint8Array {
    const lf = bytes.indexOf(0x0a);
    this.#inLine = lf < 0;
    this.#finder = new HeadFinder("between");
    return this.#skipAsBody(bytes, lf < 0 ? bytes.length : lf + 1);
  }

  #skipAsBody(bytes: Uint8Array, skipped: number): Uint8Array {
    this.#pass(skipped);
    this.#connection.body(this.#bodyOf, skipped);
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

/** Bytes of the body behind a head, as far as it says so (RFC 9112 §6.3). */
function bodyLength(head: HttpHead): number {
  // Behind what a gap cuts, it does not begin.
  if (head.cutByGap || (head.kind === "response" && (isInterim(head) || opensConnection(head)))) return 0;
  const [length] = headersNamed(head, "Content-Length");
  return Number(/^\d{1,15}/.exec(length?.value ?? "")?.[0] ?? 0);
}
