import type { PacketTimestamp } from "../../bytes/packet-timestamp.js";
import type { Sender } from "../frame/frame.js";
import type { Rsv1Meaning } from "../message-assembler.js";
import { extendChain, type FrameChain, parseHeaderAt } from "./frame-chain.js";
import { type FoundFrames, FrameSearch } from "./frame-search.js";

/** The evidence in bits at which a guessed frame start counts as certain. */
const MIN_CERTAIN_EVIDENCE_BITS = 60;

/** Bytes, with their time and place in a capture. */
export interface TimedBytes {
  readonly bytes: Uint8Array;
  readonly at: PacketTimestamp | null;
}

/** The decision about bytes while the next frame is searched for. */
export type LostStep =
  /** The first `length` bytes belong to the frame that the gap cut: skip them. */
  | { readonly kind: "skip"; readonly length: number }
  /** The search keeps the bytes: the start of the next frame is still unknown. */
  | { readonly kind: "keep" }
  | FoundStep;

/** Frames begin `skipped` bytes after the start of the search; `pieces` are the bytes from there on. */
export interface FoundStep {
  readonly kind: "found";
  readonly skipped: number;
  readonly pieces: readonly TimedBytes[];
}

/** The decision about bytes while frames are checked. */
export type CheckStep =
  /** The first `length` bytes may be read as frames. */
  | { readonly kind: "frames"; readonly length: number }
  /** The bytes end inside a header that must be checked: hold them until more arrive. */
  | { readonly kind: "hold" }
  /** The guessed start of the frames was wrong. */
  | { readonly kind: "wrong" };

/** Frames that are read from a guessed start. */
interface Tentative {
  readonly chain: FrameChain;
  /** The offset of the next frame. */
  readonly next: number;
}

/** Finds the next frame after a gap of one byte stream, and checks the frames after it until the guess is certain. */
export class Resynchroniser {
  readonly #sender: Sender | null;
  /** The number of bytes after a gap that still belong to the cut frame. */
  #skipRemaining = 0;
  #search: FrameSearch | null = null;
  #tentative: Tentative | null = null;

  /** @param sender the sender of the stream; `null` if it may contain both senders' bytes */
  constructor(sender: Sender | null) {
    this.#sender = sender;
  }

  /** Whether the start of the next frame is unknown or lies ahead: {@link next} decides about the bytes. */
  get isLost(): boolean {
    return this.#skipRemaining > 0 || this.#search !== null;
  }

  get isSearching(): boolean {
    return this.#search !== null;
  }

  /** Whether the start of the frames was guessed: {@link check} decides about the bytes. */
  get isChecking(): boolean {
    return this.#tentative !== null;
  }

  /** The number of remaining bytes of a frame that a gap cut. */
  get skipRemaining(): number {
    return this.#skipRemaining;
  }

  /** Skips the `length` bytes after a gap that belong to the cut frame, up to the end that its header gives. */
  startSkipping(length: number): void {
    this.#skipRemaining = length;
  }

  /**
   * Searches all further bytes for the start of a frame.
   *
   * @param offset the offset of the next byte
   */
  startSearch(offset: number, rsv1: Rsv1Meaning): void {
    this.#tentative = null;
    this.#search = new FrameSearch(this.#sender, rsv1, offset);
  }

  /** Decides about the next bytes while {@link isLost} is true. */
  next(bytes: Uint8Array, at: PacketTimestamp | null): LostStep {
    if (this.#search === null) {
      const length = Math.min(this.#skipRemaining, bytes.length);
      this.#skipRemaining -= length;
      return { kind: "skip", length };
    }
    const found = this.#search.push(bytes, at);
    return found === null ? { kind: "keep" } : this.#found(this.#search, found);
  }

  /**
   * Decides about the next bytes while frames are checked: each header must be plausible after the ones before it.
   *
   * @param offset the offset of the first byte
   */
  check(bytes: Uint8Array, offset: number, rsv1: Rsv1Meaning): CheckStep {
    const { chain: before, next } = this.#tentative as Tentative;
    if (offset < next) return { kind: "frames", length: Math.min(next - offset, bytes.length) };
    const header = parseHeaderAt(bytes, 0, bytes.length, this.#sender);
    if (header === "incomplete") return { kind: "hold" };
    const chain = header === null ? null : extendChain(before, header, rsv1);
    if (chain === null || header === null) return { kind: "wrong" };
    const length = header.headerLength + header.payloadLength;
    this.#tentative = chain.evidenceBits >= MIN_CERTAIN_EVIDENCE_BITS ? null : { chain, next: offset + length };
    return { kind: "frames", length: Math.min(length, bytes.length) };
  }

  /** Ends the search: no more bytes follow. */
  endSearch(): FoundStep {
    const search = this.#search as FrameSearch;
    const found = search.end();
    if (found !== null) return this.#found(search, found);
    this.#search = null;
    return { kind: "found", skipped: search.searchedBytes, pieces: [] };
  }

  /** Stops checking frames. */
  stopChecking(): void {
    this.#tentative = null;
  }

  #found(search: FrameSearch, { chain, end }: FoundFrames): FoundStep {
    this.#search = null;
    this.#tentative = { chain, next: end };
    return { kind: "found", skipped: chain.start - search.start, pieces: [...search.piecesFrom(chain.start)] };
  }
}
