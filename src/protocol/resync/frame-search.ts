import type { Moment } from "../../bytes/packet-timestamp.js";
import type { Sender } from "../frame/frame.js";
import type { Rsv1Meaning } from "../message-assembler.js";
import { chainFrom, type FrameChain, follow, type Header, headerAt, packetBits, payloadBits } from "./frame-chain.js";

/** So many bytes at most are kept to look for frames in. */
const SEARCHED = 256 * 1024;
const FIRST_CAPACITY = 4096;
/** What speaks for a chain of frames, in bits, before it is believed; in many bytes there is more that looks like one. */
const ENOUGH = 18;
const FEW_BYTES = 4096;
/** What has to speak for a chain that ends just where the bytes do. */
const LEAST = 12;

/** Frames that were found, and where the last of them ends. */
export interface FoundFrames {
  readonly chain: FrameChain;
  readonly end: number;
}

/** Bytes that came together. */
interface Piece {
  readonly end: number;
  readonly at: Moment | null;
}

/** A frame that a chain goes on with, whose end is not reached. */
interface Link {
  readonly chain: FrameChain;
  readonly header: Header;
  readonly at: number;
}

/**
 * Looks for the place at which frames begin, in bytes from the middle of a stream.
 *
 * Each place is looked at once: the chains of frames which reach it go on with the header that stands there, or end. Of chains
 * that meet with the same message open, the one with more to speak for it is all that matters, so that the time is linear.
 */
export class FrameSearch {
  readonly #sender: Sender | null;
  readonly #rsv1: Rsv1Meaning;
  readonly #from: number;
  /** The bytes that are kept, and the offset of the first. */
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = 0;
  #base: number;
  /** Where the pieces begin that the bytes came in. */
  readonly #pieces = new Map<number, Piece>();
  /** The place that is looked at next, and the chains that reach it; those that reach a place behind it. */
  #at: number;
  #here: FrameChain[] = [];
  readonly #waiting = new Map<number, Link[]>();

  /**
   * @param sender whose bytes they are; `null` when that is not known
   * @param rsv1 what RSV1 means on the connection
   * @param from offset of the first byte that will be pushed
   */
  constructor(sender: Sender | null, rsv1: Rsv1Meaning, from: number) {
    this.#sender = sender;
    this.#rsv1 = rsv1;
    this.#from = from;
    this.#base = from;
    this.#at = from;
  }

  /** Takes the next bytes, which are copied. Gives the frames that begin in what is there, once they can be told. */
  push(bytes: Uint8Array, at: Moment | null): FoundFrames | null {
    for (let start = 0; start < bytes.length; start += SEARCHED) {
      this.#add(bytes.subarray(start, start + SEARCHED), at);
      const found = this.#look(false);
      if (found === null) continue;
      // What comes behind is to be read with it, and nothing is given up any more.
      this.#add(bytes.subarray(start + SEARCHED), at);
      return found;
    }
    return null;
  }

  /** No more bytes follow. Gives the frames that end with the last one, where there are such. */
  end(): FoundFrames | null {
    return this.#look(true) ?? this.#found(LEAST);
  }

  /** Offset of the first byte that was searched. */
  get start(): number {
    return this.#from;
  }

  /** Bytes that were searched so far. */
  get length(): number {
    return this.#base + this.#length - this.#from;
  }

  /** What there is from an offset on, in the pieces in which it came. */
  *from(offset: number): Generator<{ readonly bytes: Uint8Array; readonly at: Moment | null }> {
    for (const [start, { end, at }] of this.#pieces)
      if (end > offset)
        yield { bytes: this.#bytes.subarray(Math.max(start, offset) - this.#base, end - this.#base), at };
  }

  #add(bytes: Uint8Array, at: Moment | null): void {
    if (bytes.length === 0) return;
    this.#makeRoom(bytes.length);
    const start = this.#base + this.#length;
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#pieces.set(start, { end: start + bytes.length, at });
  }

  /** Room is made by growing, and by giving up all bytes but the last {@link SEARCHED}: each is moved a few times at most. */
  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const dropped = Math.max(0, this.#length - SEARCHED);
    const kept = this.#bytes.subarray(dropped, this.#length);
    if (needed - dropped <= this.#bytes.length) this.#bytes.copyWithin(0, dropped, this.#length);
    else {
      const larger = new Uint8Array(Math.max(needed - dropped, Math.min(2 * this.#bytes.length, 3 * SEARCHED)));
      larger.set(kept);
      this.#bytes = larger;
    }
    this.#base += dropped;
    this.#length -= dropped;
    for (const [start, { end }] of this.#pieces) {
      if (end > this.#base) break;
      this.#pieces.delete(start);
    }
  }

  #look(over: boolean): FoundFrames | null {
    const end = this.#base + this.#length;
    for (; ; this.#at++) {
      this.#arrive();
      const found = this.#found(ENOUGH + Math.max(0, Math.log2((this.#at - this.#from) / FEW_BYTES)));
      if (found !== null) return found;
      if (this.#at === end) return null;
      const header = headerAt(this.#bytes, this.#at - this.#base, this.#length, this.#sender);
      if (header === "cut" && !over) return null;
      if (header !== null && header !== "cut") this.#goOn(header);
      if (this.#here.length > 0) this.#here = [];
    }
  }

  /** The chain that reaches this place for which most speaks, where that is enough. */
  #found(enough: number): FoundFrames | null {
    let most: FrameChain | null = null;
    for (const chain of this.#here) if (chain.bits >= enough && chain.bits > (most?.bits ?? 0)) most = chain;
    return most === null ? null : { chain: most, end: this.#at };
  }

  /** The frames that end here are whole, so that their payloads can be looked at. */
  #arrive(): void {
    const links = this.#waiting.get(this.#at);
    if (links === undefined) return;
    this.#waiting.delete(this.#at);
    for (const { chain, header, at } of links) {
      // Its first bytes are kept no more.
      if (chain.start < this.#base) continue;
      const payload = at + header.headerLength - this.#base;
      const bits = payloadBits(header, this.#bytes, payload, this.#at - this.#base);
      if (bits === null) continue;
      const inOne = this.#pieces.get(at)?.end === this.#at ? packetBits(header) : 0;
      this.#reach({ ...chain, bits: chain.bits + bits + inOne });
    }
  }

  /** A chain reaches this place. */
  #reach(chain: FrameChain): void {
    const same = this.#here.findIndex(({ open, closed }) => open === chain.open && closed === chain.closed);
    if (same < 0) this.#here.push(chain);
    else if (chain.bits > (this.#here[same] as FrameChain).bits) this.#here[same] = chain;
  }

  /** The chains that reach this place, and one that begins here, go on with the header that stands here. */
  #goOn(header: Header): void {
    const chains = this.#here.some(mayBegin) ? this.#here : [...this.#here, chainFrom(this.#at)];
    const next = this.#at + header.headerLength + header.payloadLength;
    for (const before of chains) {
      const chain = follow(before, header, this.#rsv1);
      // Of a chain that is longer, the first bytes would be kept no more when it is told.
      if (chain === null || chain.bits === 0 || next - chain.start > SEARCHED) continue;
      const link = { chain, header, at: this.#at };
      const links = this.#waiting.get(next);
      if (links === undefined) this.#waiting.set(next, [link]);
      else links.push(link);
    }
  }
}

/** Whether a chain tells as little of what may follow as one that has no frames. */
function mayBegin({ open, closed }: FrameChain): boolean {
  return open === null && !closed;
}
