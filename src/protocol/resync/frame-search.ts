import type { PacketTimestamp } from "../../bytes/packet-timestamp.js";
import type { Sender } from "../frame/frame.js";
import type { Rsv1Meaning } from "../message-assembler.js";
import {
  extendChain,
  type FrameChain,
  type FrameHeader,
  parseHeaderAt,
  scorePacket,
  scorePayload,
  startChain,
} from "./frame-chain.js";

/** Bytes that are kept to search for frames in. */
const MAX_SEARCHED_BYTES = 256 * 1024;
const INITIAL_CAPACITY_BYTES = 4096;
/** Evidence for a chain of frames that is enough, in bits. More bytes need more: more of them look like frames by chance. */
const MIN_EVIDENCE_BITS = 18;
const EVIDENCE_SCALE_BYTES = 4096;
/** Enough evidence, in bits, for a chain that ends where the bytes end. */
const MIN_FINAL_EVIDENCE_BITS = 12;

/** Frames that were found, and where the last of them ends. */
export interface FoundFrames {
  readonly chain: FrameChain;
  readonly end: number;
}

/** Bytes that came together. */
interface Piece {
  readonly end: number;
  readonly at: PacketTimestamp | null;
}

/** The next frame of a chain, whose end is not reached. */
interface PendingFrame {
  readonly chain: FrameChain;
  readonly header: FrameHeader;
  readonly at: number;
}

/**
 * Looks for the place at which frames begin, in bytes from the middle of a stream.
 *
 * Each place is examined once: the chains of frames that reach it continue with the header there, or end. Of chains
 * that meet with the same message open, only the one with the most evidence is kept, so that the time is linear.
 */
export class FrameSearch {
  readonly #sender: Sender | null;
  readonly #rsv1: Rsv1Meaning;
  readonly #startOffset: number;
  /** The bytes that are kept, and the offset of the first. */
  #bytes = new Uint8Array(INITIAL_CAPACITY_BYTES);
  #length = 0;
  #base: number;
  /** Where the pieces begin that the bytes came in. */
  readonly #pieces = new Map<number, Piece>();
  /** The next place to examine, and the chains that reach it; those that reach a later place. */
  #at: number;
  #chainsHere: FrameChain[] = [];
  readonly #pendingFrames = new Map<number, PendingFrame[]>();

  /**
   * @param sender whose bytes they are; `null` when that is not known
   * @param rsv1 what RSV1 means on the connection
   * @param from offset of the first byte that will be pushed
   */
  constructor(sender: Sender | null, rsv1: Rsv1Meaning, from: number) {
    this.#sender = sender;
    this.#rsv1 = rsv1;
    this.#startOffset = from;
    this.#base = from;
    this.#at = from;
  }

  /** Adds the next bytes, which are copied. Returns the frames that begin in them, once they are found. */
  push(bytes: Uint8Array, at: PacketTimestamp | null): FoundFrames | null {
    for (let start = 0; start < bytes.length; start += MAX_SEARCHED_BYTES) {
      this.#append(bytes.subarray(start, start + MAX_SEARCHED_BYTES), at);
      const found = this.#search(false);
      if (found === null) continue;
      // What comes behind is to be read with it, and nothing is given up any more.
      this.#append(bytes.subarray(start + MAX_SEARCHED_BYTES), at);
      return found;
    }
    return null;
  }

  /** No more bytes follow. Gives the frames that end with the last one, where there are such. */
  end(): FoundFrames | null {
    return this.#search(true) ?? this.#findBest(MIN_FINAL_EVIDENCE_BITS);
  }

  /** Offset of the first byte that was searched. */
  get start(): number {
    return this.#startOffset;
  }

  /** Bytes that were searched so far. */
  get searchedBytes(): number {
    return this.#base + this.#length - this.#startOffset;
  }

  /** What there is from an offset on, in the pieces in which it came. */
  *piecesFrom(offset: number): Generator<{ readonly bytes: Uint8Array; readonly at: PacketTimestamp | null }> {
    for (const [start, { end, at }] of this.#pieces)
      if (end > offset)
        yield { bytes: this.#bytes.subarray(Math.max(start, offset) - this.#base, end - this.#base), at };
  }

  #append(bytes: Uint8Array, at: PacketTimestamp | null): void {
    if (bytes.length === 0) return;
    this.#makeRoom(bytes.length);
    const start = this.#base + this.#length;
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#pieces.set(start, { end: start + bytes.length, at });
  }

  /** Room is made by growing, and by giving up all bytes but the last {@link MAX_SEARCHED_BYTES}: each is moved a few times at most. */
  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const dropped = Math.max(0, this.#length - MAX_SEARCHED_BYTES);
    const kept = this.#bytes.subarray(dropped, this.#length);
    if (needed - dropped <= this.#bytes.length) this.#bytes.copyWithin(0, dropped, this.#length);
    else {
      const larger = new Uint8Array(
        Math.max(needed - dropped, Math.min(2 * this.#bytes.length, 3 * MAX_SEARCHED_BYTES)),
      );
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

  #search(over: boolean): FoundFrames | null {
    const end = this.#base + this.#length;
    for (; ; this.#at++) {
      this.#finishFrames();
      const found = this.#findBest(
        MIN_EVIDENCE_BITS + Math.max(0, Math.log2((this.#at - this.#startOffset) / EVIDENCE_SCALE_BYTES)),
      );
      if (found !== null) return found;
      if (this.#at === end) return null;
      const header = parseHeaderAt(this.#bytes, this.#at - this.#base, this.#length, this.#sender);
      if (header === "incomplete" && !over) return null;
      if (header !== null && header !== "incomplete") this.#extendChains(header);
      if (this.#chainsHere.length > 0) this.#chainsHere = [];
    }
  }

  /** The chain with the most evidence that reaches this place, if that is enough. */
  #findBest(enough: number): FoundFrames | null {
    let most: FrameChain | null = null;
    for (const chain of this.#chainsHere)
      if (chain.evidenceBits >= enough && chain.evidenceBits > (most?.evidenceBits ?? 0)) most = chain;
    return most === null ? null : { chain: most, end: this.#at };
  }

  /** The frames that end here are complete, so their payloads can be examined. */
  #finishFrames(): void {
    const links = this.#pendingFrames.get(this.#at);
    if (links === undefined) return;
    this.#pendingFrames.delete(this.#at);
    for (const { chain, header, at } of links) {
      // Its first bytes are kept no more.
      if (chain.start < this.#base) continue;
      const payload = at + header.headerLength - this.#base;
      const bits = scorePayload(header, this.#bytes, payload, this.#at - this.#base);
      if (bits === null) continue;
      const inOne = this.#pieces.get(at)?.end === this.#at ? scorePacket(header) : 0;
      this.#addChain({ ...chain, evidenceBits: chain.evidenceBits + bits + inOne });
    }
  }

  /** A chain reaches this place. */
  #addChain(chain: FrameChain): void {
    const same = this.#chainsHere.findIndex(
      ({ isMessageOpen, isClosed }) => isMessageOpen === chain.isMessageOpen && isClosed === chain.isClosed,
    );
    if (same < 0) this.#chainsHere.push(chain);
    else if (chain.evidenceBits > (this.#chainsHere[same] as FrameChain).evidenceBits) this.#chainsHere[same] = chain;
  }

  /** Continues the chains that reach this place, and one that begins here, with the header here. */
  #extendChains(header: FrameHeader): void {
    const chains = this.#chainsHere.some(isUnconstrained)
      ? this.#chainsHere
      : [...this.#chainsHere, startChain(this.#at)];
    const next = this.#at + header.headerLength + header.payloadLength;
    for (const before of chains) {
      const chain = extendChain(before, header, this.#rsv1);
      // The first bytes of a longer chain would be dropped before it is found.
      if (chain === null || chain.evidenceBits === 0 || next - chain.start > MAX_SEARCHED_BYTES) continue;
      const link = { chain, header, at: this.#at };
      const links = this.#pendingFrames.get(next);
      if (links === undefined) this.#pendingFrames.set(next, [link]);
      else links.push(link);
    }
  }
}

/** Whether a chain restricts what may follow no more than an empty one. */
function isUnconstrained({ isMessageOpen, isClosed }: FrameChain): boolean {
  return isMessageOpen === null && !isClosed;
}
