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

/** The maximum number of bytes to keep for the search. */
const MAX_SEARCHED_BYTES = 256 * 1024;
const INITIAL_CAPACITY_BYTES = 4096;
/** The evidence in bits that a chain of frames needs. It grows with the bytes searched, because more of them look like frames by chance. */
const MIN_EVIDENCE_BITS = 18;
const EVIDENCE_SCALE_BYTES = 4096;
/** The evidence in bits that a chain needs if it ends with the last byte. */
const MIN_FINAL_EVIDENCE_BITS = 12;

/**
 * The evidence in bits that frames need which end where a packet begins. Most packets begin with a frame, and in any data a few
 * bytes before it look like a header whose length reaches just there.
 */
const MIN_EVIDENCE_BITS_BEFORE_PACKET = 13;
/** The evidence in bits that a header at the start of a packet adds to its own, because frames begin there most often. */
const PACKET_START_BITS = 4;
/** The evidence in bits that a chain needs in addition if it starts inside a packet: there are a thousand such places in a packet. */
const INSIDE_PACKET_BITS = 8;
/** A frame in twice as many packets has so many bits less: by chance, it may end with any of them. */
const SPAN_COST_BITS = 3;

/** The frames found, and the offset where the last one ends. */
export interface FoundFrames {
  readonly chain: FrameChain;
  readonly end: number;
}

/** Bytes that arrived together. */
interface Piece {
  /** Its number among the pieces of the search. */
  readonly index: number;
  readonly end: number;
  readonly at: PacketTimestamp | null;
}

/** The last frame of a chain, whose end is not reached yet. */
interface PendingFrame {
  readonly chain: FrameChain;
  readonly header: FrameHeader;
  readonly at: number;
}

/**
 * Searches bytes from the middle of a stream for the start of a frame.
 *
 * Each place is examined once: the chains of frames that reach it continue with the header there, or end. If chains
 * meet in the same message state, only the one with the most evidence is kept, so that the time is linear.
 */
export class FrameSearch {
  readonly #sender: Sender | null;
  readonly #rsv1: Rsv1Meaning;
  readonly #startOffset: number;
  /** The bytes kept, and the offset of the first. */
  #bytes = new Uint8Array(INITIAL_CAPACITY_BYTES);
  #length = 0;
  #base: number;
  /** The pieces in which the bytes arrived, by their start. */
  readonly #pieces = new Map<number, Piece>();
  #pieceCount = 0;
  /** The next place to examine, and the chains that reach it; below, the chains that reach a later place. */
  #at: number;
  #chainsHere: FrameChain[] = [];
  readonly #pendingFrames = new Map<number, PendingFrame[]>();

  /**
   * @param sender the sender of the bytes; `null` if unknown
   * @param rsv1 the meaning of RSV1 on the connection
   * @param from the offset of the first byte to be pushed
   */
  constructor(sender: Sender | null, rsv1: Rsv1Meaning, from: number) {
    this.#sender = sender;
    this.#rsv1 = rsv1;
    this.#startOffset = from;
    this.#base = from;
    this.#at = from;
  }

  /** Adds a copy of the next bytes. Returns the frames found, if any. */
  push(bytes: Uint8Array, at: PacketTimestamp | null): FoundFrames | null {
    for (let start = 0; start < bytes.length; start += MAX_SEARCHED_BYTES) {
      this.#append(bytes.subarray(start, start + MAX_SEARCHED_BYTES), at);
      const found = this.#search(false);
      if (found === null) continue;
      // The rest is read together with the frames, so no more bytes may be dropped.
      this.#append(bytes.subarray(start + MAX_SEARCHED_BYTES), at);
      return found;
    }
    return null;
  }

  /** Ends the search. Returns the frames that end with the last byte, if any. */
  end(): FoundFrames | null {
    return this.#search(true) ?? this.#findBest(MIN_FINAL_EVIDENCE_BITS, MIN_FINAL_EVIDENCE_BITS);
  }

  /** The offset where the search started. */
  get start(): number {
    return this.#startOffset;
  }

  /** The number of bytes searched so far. */
  get searchedBytes(): number {
    return this.#base + this.#length - this.#startOffset;
  }

  /** The bytes from an offset on, in the pieces in which they arrived. */
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
    this.#pieces.set(start, { index: this.#pieceCount++, end: start + bytes.length, at });
  }

  /** Makes room by growing, or by dropping all bytes but the last {@link MAX_SEARCHED_BYTES}; each byte moves a few times at most. */
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
      const searched = (this.#at - this.#startOffset) / EVIDENCE_SCALE_BYTES;
      const enough = MIN_EVIDENCE_BITS + Math.max(0, Math.log2(searched));
      const found = this.#findBest(enough, enough + INSIDE_PACKET_BITS);
      if (found !== null) return found;
      if (this.#at === end) return null;
      const header = parseHeaderAt(this.#bytes, this.#at - this.#base, this.#length, this.#sender);
      if (header === "incomplete" && !over) return null;
      if (header !== null && header !== "incomplete") this.#extendChains(header);
      if (this.#chainsHere.length > 0) this.#chainsHere = [];
    }
  }

  /**
   * The chain with the most evidence that reaches this place, if it has enough.
   *
   * @param enough the evidence in bits that is enough for a chain that starts with a packet, and for one that starts inside one
   */
  #findBest(enough: number, enoughInside: number): FoundFrames | null {
    let most: FrameChain | null = null;
    for (const chain of this.#chainsHere) {
      const needed = this.#pieces.has(chain.start) ? enough : enoughInside;
      if (chain.evidenceBits >= needed && chain.evidenceBits > (most?.evidenceBits ?? 0)) most = chain;
    }
    return most === null ? null : { chain: most, end: this.#at };
  }

  /** Completes the frames that end here: their payloads can now be examined. */
  #finishFrames(): void {
    const links = this.#pendingFrames.get(this.#at);
    if (links === undefined) return;
    this.#pendingFrames.delete(this.#at);
    for (const { chain, header, at } of links) {
      // The start of this chain was dropped.
      if (chain.start < this.#base) continue;
      const payload = at + header.headerLength - this.#base;
      const bits = scorePayload(header, this.#bytes, payload, this.#at - this.#base);
      if (bits === null) continue;
      const inPackets = this.#countPackets(at, this.#at);
      const extent = inPackets === 0 ? 0 : scorePacket(header) - SPAN_COST_BITS * Math.log2(inPackets);
      // The start of the packet is counted already.
      const counted = at === chain.start ? PACKET_START_BITS : 0;
      this.#addChain({ ...chain, evidenceBits: chain.evidenceBits + bits + Math.max(0, extent - counted) });
    }
  }

  /** The number of packets that `[start, end)` consists of; 0 if it does not begin and end with one. */
  #countPackets(start: number, end: number): number {
    const first = this.#pieces.get(start)?.index;
    const next = end === this.#base + this.#length ? this.#pieceCount : this.#pieces.get(end)?.index;
    return first === undefined || next === undefined ? 0 : next - first;
  }

  /** Adds a chain that reaches this place. */
  #addChain(chain: FrameChain): void {
    const same = this.#chainsHere.findIndex(
      ({ isMessageOpen, isClosed }) => isMessageOpen === chain.isMessageOpen && isClosed === chain.isClosed,
    );
    if (same < 0) this.#chainsHere.push(chain);
    else if (chain.evidenceBits > (this.#chainsHere[same] as FrameChain).evidenceBits) this.#chainsHere[same] = chain;
  }

  /** Extends the chains that reach this place, and a new one, with the header here. */
  #extendChains(header: FrameHeader): void {
    const isPacketStart = this.#pieces.has(this.#at);
    const credible = isPacketStart
      ? this.#chainsHere.filter(({ evidenceBits }) => evidenceBits >= MIN_EVIDENCE_BITS_BEFORE_PACKET)
      : this.#chainsHere;
    const chains = credible.some(isUnconstrained) ? credible : [...credible, startChain(this.#at)];
    const next = this.#at + header.headerLength + header.payloadLength;
    for (const before of chains) {
      const chain = extendChain(before, header, this.#rsv1);
      // The start of a longer chain would be dropped before its end is found.
      if (chain === null || chain.evidenceBits === 0 || next - chain.start > MAX_SEARCHED_BYTES) continue;
      const isFirst = before.last === null;
      const evidenceBits = chain.evidenceBits + (isFirst && isPacketStart ? PACKET_START_BITS : 0);
      const link = { chain: { ...chain, evidenceBits }, header, at: this.#at };
      const links = this.#pendingFrames.get(next);
      if (links === undefined) this.#pendingFrames.set(next, [link]);
      else links.push(link);
    }
  }
}

/** Whether a chain allows any next frame, as an empty one does. */
function isUnconstrained({ isMessageOpen, isClosed }: FrameChain): boolean {
  return isMessageOpen === null && !isClosed;
}
