import type { PacketTimestamp } from "../../bytes/packet-timestamp.js";
import type { Sender } from "../frame/frame.js";
import type { Rsv1Meaning } from "../message-assembler.js";
import { extendChain, type FrameChain, parseHeaderAt } from "./frame-chain.js";
import { type FoundFrames, FrameSearch } from "./frame-search.js";

/** Evidence for frames whose start was guessed, in bits, from which on they are read as if it was known. */
const MIN_CERTAIN_EVIDENCE_BITS = 60;

/** Bytes, and when and where they stood in a capture. */
export interface TimedBytes {
  readonly bytes: Uint8Array;
  readonly at: PacketTimestamp | null;
}

/** What to do with bytes while the next frame is searched for. */
export type LostStep =
  /** The first `length` of them belong to the frame that the gap cut: skip them. */
  | { readonly kind: "skip"; readonly length: number }
  /** The search keeps them: it is unknown yet where a frame begins. */
  | { readonly kind: "keep" }
  | FoundStep;

/** Frames begin `skipped` bytes behind the start of the search; `pieces` are the bytes from there on. */
export interface FoundStep {
  readonly kind: "found";
  readonly skipped: number;
  readonly pieces: readonly TimedBytes[];
}

/** What to do with bytes while frames are checked. */
export type CheckStep =
  /** The first `length` of them may be read as frames. */
  | { readonly kind: "frames"; readonly length: number }
  /** They end inside a header that must be checked: hold them until more are there. */
  | { readonly kind: "hold" }
  /** The guess where frames begin was wrong. */
  | { readonly kind: "wrong" };

/** Frames that are read though their start was only guessed. */
interface Tentative {
  readonly chain: FrameChain;
  /** Offset of the next frame. */
  readonly next: number;
}

/** Finds the next frame after a gap of one byte stream, and checks the frames after it until the guess is certain. */
export class Resynchroniser {
  readonly #sender: Sender | null;
  /** Bytes behind a gap that belong to the frame that it cut, and are still to come. */
  #skipRemaining = 0;
  #search: FrameSearch | null = null;
  #tentative: Tentative | null = null;

  /** @param sender whose bytes it has; `null` when they may be both senders' */
  constructor(sender: Sender | null) {
    this.#sender = sender;
  }

  /** Whether the next frame's start is unknown or lies ahead: {@link next} decides what to do with bytes. */
  get isLost(): boolean {
    return this.#skipRemaining > 0 || this.#search !== null;
  }

  get isSearching(): boolean {
    return this.#search !== null;
  }

  /** Whether the start of the frames was guessed: {@link check} decides what to do with bytes. */
  get isChecking(): boolean {
    return this.#tentative !== null;
  }

  /** Bytes that are still to come of a frame that a gap cut. */
  get skipRemaining(): number {
    return this.#skipRemaining;
  }

  /** Skips the `length` bytes behind a gap that belong to the cut frame, up to the end that its header gives. */
  startSkipping(length: number): void {
    this.#skipRemaining = length;
  }

  /**
   * Looks for the start of a frame in all bytes from now on.
   *
   * @param offset of the next byte
   */
  startSearch(offset: number, rsv1: Rsv1Meaning): void {
    this.#tentative = null;
    this.#search = new FrameSearch(this.#sender, rsv1, offset);
  }

  /** What to do with the next bytes, while frames are {@link isLost}. */
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
   * What to do with the next bytes, while frames are checked: a header must make sense behind those before it.
   *
   * @param offset of the first of them
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

  /** Ends the search: no more bytes follow in which a frame could begin. */
  endSearch(): FoundStep {
    const search = this.#search as FrameSearch;
    const found = search.end();
    if (found !== null) return this.#found(search, found);
    this.#search = null;
    return { kind: "found", skipped: search.searchedBytes, pieces: [] };
  }

  /** Frames are read on without checks. */
  stopChecking(): void {
    this.#tentative = null;
  }

  #found(search: FrameSearch, { chain, end }: FoundFrames): FoundStep {
    this.#search = null;
    this.#tentative = { chain, next: end };
    return { kind: "found", skipped: chain.start - search.start, pieces: [...search.piecesFrom(chain.start)] };
  }
}
