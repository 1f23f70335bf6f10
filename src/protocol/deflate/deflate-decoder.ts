import { CodeDescription } from "./code-description.js";
import {
  type BlockCodes,
  DISTANCE_BASE,
  DISTANCE_CODE_COUNT,
  DISTANCE_EXTRA,
  END_OF_BLOCK,
  fixedCodes,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LITERAL_CODE_COUNT,
} from "./fixed-codes.js";
import { type HuffmanCode, MORE_BITS, NO_CODE } from "./huffman-code.js";
import { InflateOutput, type InflateSink } from "./inflate-output.js";

/*
 * A DEFLATE decoder of our own, since no other reports what an inspector needs: the first invalid byte of the input, the
 * output before it, whether a copy reaches further back than the agreed window (zlib checks that only where its own buffer
 * ends), and whether a message ends inside a block.
 */

/** What is wrong with compressed data. */
export type InflateFaultKind =
  /** A block of the type that is not defined (RFC 1951 §3.2.3). */
  | "block-type"
  /** LEN of a stored block, and the complement after it, do not agree (§3.2.4). */
  | "stored-length"
  /** The codes of a block are described wrongly (§3.2.7). */
  | "code-lengths"
  /** Bits that are not a code, or a code without a meaning (§3.2.5). */
  | "code"
  /** A copy from further back than the agreed window. */
  | "beyond-window"
  /** A copy from before the first byte that is known. */
  | "beyond-start"
  /** The data ends inside a block. */
  | "unfinished"
  /** The data ends after a block, without the start of the empty block whose last four bytes a sender removes. */
  | "no-empty-block";

export interface InflateFault {
  readonly kind: InflateFaultKind;
  /** Index in the bytes pushed last of the first invalid byte; -1 for a fault that only the end of the data shows. */
  readonly at: number;
  /** For a copy: how many bytes it reaches back, and how many there are. */
  readonly distance: number;
  readonly reach: number;
}

/** What the next bits of the input are. */
const BLOCK_HEADER = 0;
const STORED_LENGTH = 1;
const STORED = 2;
const CODE_DESCRIPTION = 3;
const LITERAL_OR_LENGTH = 4;
const DISTANCE = 5;
const DISTANCE_BITS = 6;
/** A fault was found, or no more is wanted: nothing is read until the next message. */
const STOPPED = 7;

/** The four bytes that a sender removes from the end of a message, and a receiver appends (RFC 7692 §7.2.2). */
const EMPTY_BLOCK_TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** Input is taken in pieces of at most so many bytes. */
const MAX_PIECE_BYTES = 64 * 1024;
/** For each byte of the current piece: bytes of output once it was read, 0 where it added none. */
const OUTPUT_MARKS = new Uint32Array(MAX_PIECE_BYTES);

/**
 * Inflates one sender's compressed messages, one after the other, whatever pieces they come in (RFC 7692 §7.2.2, RFC 1951).
 * It stops at the first fault of a message, after passing on the output before it.
 */
export class DeflateDecoder {
  readonly #window: number;
  readonly #output: InflateOutput;
  /** Bits of the input that were not used yet, first bit lowest; fewer than 8 between two steps. */
  #bitBuffer = 0;
  #bitCount = 0;
  #input: Uint8Array = EMPTY_BLOCK_TAIL;
  #at = 0;
  #end = 0;
  #base = 0;
  #start = 0;
  #state = BLOCK_HEADER;
  #final = false;
  #fault: InflateFault | null = null;
  /** Bytes of a stored block that are still to come, or of a copy. */
  #remaining = 0;
  #distanceSymbol = 0;
  /** Whether LEN of a stored block was read, and its complement is next. */
  #hasStoredLength = false;
  /** Those of the block that is read; `null` before the first that has any. */
  #codes: BlockCodes | null = null;
  /** Made for the first block that describes its codes. */
  #description: CodeDescription | null = null;

  /** @param window how far back a copy may reach, 256 to 32,768 bytes */
  constructor(window: number, sink: InflateSink) {
    this.#window = window;
    this.#output = new InflateOutput(window, sink);
  }

  /** Forgets what came out so far: the next message cannot copy from it. */
  resetContext(): void {
    this.#output.resetContext();
  }

  /** Nothing more of this message is read. */
  stop(): void {
    this.#state = STOPPED;
  }

  /** No more than so many bytes of the message are to come out. */
  setLimit(bytes: number): void {
    this.#output.setLimit(bytes);
  }

  /** Whether the message was stopped at the limit. */
  get isLimited(): boolean {
    return this.#output.isLimited;
  }

  /** A message begins. */
  begin(): void {
    this.#output.begin();
    this.#state = BLOCK_HEADER;
    this.#final = false;
    this.#bitBuffer = 0;
    this.#bitCount = 0;
    this.#fault = null;
  }

  /** Inflates the next bytes of the message, `bytes[start, end)`. @returns their fault, or `null` */
  push(bytes: Uint8Array, start: number, end: number): InflateFault | null {
    for (let at = start; at < end && this.#state !== STOPPED; at = this.#end) {
      this.#run(bytes, at, Math.min(end, at + MAX_PIECE_BYTES));
      this.#output.flush();
    }
    return this.#takeFault();
  }

  /** Ends the message. @returns the fault that its end shows, or `null` */
  end(): InflateFault | null {
    if (this.#state === STOPPED) return null;
    // A last block with nothing behind it ends by itself: there is no empty block after it (RFC 7692 §7.2.3.4).
    if (this.#state === BLOCK_HEADER && this.#final) return null;
    const bare = this.#state === BLOCK_HEADER && this.#bitCount === 0;
    const { position } = this.#output;
    if (!bare) {
      this.#run(EMPTY_BLOCK_TAIL, 0, EMPTY_BLOCK_TAIL.length);
      if (this.#state === BLOCK_HEADER && this.#bitCount === 0 && this.#output.position === position) return null;
    }
    // Output of the appended bytes is not the sender's.
    this.#output.rewind(position);
    this.#fault = null;
    return { kind: bare ? "no-empty-block" : "unfinished", at: -1, distance: 0, reach: 0 };
  }

  /**
   * Index in the bytes pushed last of the byte with which a byte came out: during {@link InflateSink.writeInflated}, the byte that
   * came `offset` bytes after the first that this push gave.
   */
  findSourceIndex(offset: number): number {
    for (let at = this.#start; at < this.#at; at++) {
      if ((OUTPUT_MARKS[at - this.#start] as number) > offset) return at;
    }
    return this.#at - 1;
  }

  /** Bytes that the piece that is being read has given so far and that were handed over before. */
  get flushedInPiece(): number {
    return this.#output.flushed - this.#base;
  }

  #takeFault(): InflateFault | null {
    const fault = this.#fault;
    this.#fault = null;
    return fault;
  }

  /** Ends the message with a fault at the byte that was read last. */
  #fail(kind: InflateFaultKind, distance = 0, reach = 0): false {
    this.#fault = { kind, at: this.#at - 1, distance, reach };
    this.#state = STOPPED;
    return false;
  }

  /** Ends the message at its limit. */
  #stopAtLimit(): false {
    this.#state = STOPPED;
    return false;
  }

  /** Reads a piece, `bytes[start, end)`, as far as it makes sense. */
  #run(bytes: Uint8Array, start: number, end: number): void {
    this.#input = bytes;
    this.#start = start;
    this.#at = start;
    this.#end = end;
    this.#base = this.#output.position;
    OUTPUT_MARKS.fill(0, 0, end - start);
    while (this.#step());
  }

  /** One step; false when more input is needed, or none is read any more. */
  #step(): boolean {
    switch (this.#state) {
      case BLOCK_HEADER:
        return this.#readBlockHeader();
      case STORED_LENGTH:
        return this.#readStoredLength();
      case STORED:
        return this.#copyStored();
      case CODE_DESCRIPTION:
        return this.#readCodeDescription();
      case LITERAL_OR_LENGTH:
        return this.#readSymbols();
      case DISTANCE:
        return this.#readDistance();
      case DISTANCE_BITS:
        return this.#copyMatch();
      default:
        return false;
    }
  }

  /** Makes sure of `count` bits, at most 24; false when they are not there yet. */
  #fillBits(count: number): boolean {
    while (this.#bitCount < count) {
      if (this.#at === this.#end) return false;
      this.#bitBuffer |= (this.#input[this.#at++] as number) << this.#bitCount;
      this.#bitCount += 8;
    }
    return true;
  }

  #takeBits(count: number): number {
    const value = this.#bitBuffer & ((1 << count) - 1);
    this.#bitBuffer >>>= count;
    this.#bitCount -= count;
    return value;
  }

  /** The next code's symbol × 16 + length, its bits not taken yet; MORE_BITS when they are not there, or NO_CODE. */
  #findCode(code: HuffmanCode): number {
    for (;;) {
      const found = code.find(this.#bitBuffer, this.#bitCount);
      if (found !== MORE_BITS || !this.#fillBits(this.#bitCount + 1)) return found;
    }
  }

  /** RFC 1951 §3.2.3 */
  #readBlockHeader(): boolean {
    // After a last block, the next one begins with the next byte.
    if (this.#final) this.#takeBits(this.#bitCount & 7);
    if (!this.#fillBits(3)) return false;
    this.#final = this.#takeBits(1) === 1;
    const type = this.#takeBits(2);
    if (type === 3) return this.#fail("block-type");
    if (type === 0) this.#beginStored();
    else if (type === 1) this.#beginSymbols(fixedCodes());
    else this.#beginDescription();
    return true;
  }

  #beginStored(): void {
    this.#takeBits(this.#bitCount & 7);
    this.#hasStoredLength = false;
    this.#state = STORED_LENGTH;
  }

  #beginDescription(): void {
    this.#description ??= new CodeDescription({
      fill: (count) => this.#fillBits(count),
      take: (count) => this.#takeBits(count),
      findCode: (code) => this.#findCode(code),
    });
    this.#description.begin();
    this.#state = CODE_DESCRIPTION;
  }

  #readCodeDescription(): boolean {
    const codes = this.#description?.read() ?? null;
    if (codes === null) return false;
    if (codes === "wrong") return this.#fail("code-lengths");
    this.#beginSymbols(codes);
    return true;
  }

  #beginSymbols(codes: BlockCodes): void {
    this.#codes = codes;
    this.#state = LITERAL_OR_LENGTH;
  }

  /** RFC 1951 §3.2.4 */
  #readStoredLength(): boolean {
    if (!this.#hasStoredLength) {
      if (!this.#fillBits(16)) return false;
      this.#remaining = this.#takeBits(16);
      this.#hasStoredLength = true;
    }
    if (!this.#fillBits(16)) return false;
    if (this.#takeBits(16) !== (this.#remaining ^ 0xffff)) return this.#fail("stored-length");
    this.#state = STORED;
    return true;
  }

  #copyStored(): boolean {
    for (; this.#remaining > 0; this.#remaining--) {
      if (this.#at === this.#end) return false;
      if (!this.#output.put(this.#input[this.#at] as number)) return this.#stopAtLimit();
      this.#at++;
      this.#markOutput();
    }
    this.#state = BLOCK_HEADER;
    return true;
  }

  /** Literals and lengths with their distances (RFC 1951 §3.2.5), up to the end of the block. */
  #readSymbols(): boolean {
    const { literals: code } = this.#codes as BlockCodes;
    for (;;) {
      const found = this.#findCode(code);
      if (found === MORE_BITS) return false;
      if (found === NO_CODE) return this.#fail("code");
      const symbol = found >> 4;
      if (symbol < END_OF_BLOCK) {
        this.#takeBits(found & 15);
        if (!this.#output.put(symbol)) return this.#stopAtLimit();
        this.#markOutput();
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        this.#takeBits(found & 15);
        this.#state = BLOCK_HEADER;
        return true;
      }
      if (symbol >= LITERAL_CODE_COUNT) return this.#fail("code");
      const extra = LENGTH_EXTRA[symbol - 257] as number;
      if (!this.#fillBits((found & 15) + extra)) return false;
      this.#takeBits(found & 15);
      this.#remaining = (LENGTH_BASE[symbol - 257] as number) + this.#takeBits(extra);
      this.#state = DISTANCE;
      if (!this.#readDistance() || !this.#copyMatch()) return false;
    }
  }

  #readDistance(): boolean {
    const found = this.#findCode((this.#codes as BlockCodes).distances);
    if (found === MORE_BITS) return false;
    if (found === NO_CODE || found >> 4 >= DISTANCE_CODE_COUNT) return this.#fail("code");
    this.#takeBits(found & 15);
    this.#distanceSymbol = found >> 4;
    this.#state = DISTANCE_BITS;
    return true;
  }

  /** The rest of a distance, and the copy from there. */
  #copyMatch(): boolean {
    const symbol = this.#distanceSymbol;
    const extra = DISTANCE_EXTRA[symbol] as number;
    if (!this.#fillBits(extra)) return false;
    const distance = (DISTANCE_BASE[symbol] as number) + this.#takeBits(extra);
    if (distance > this.#window) return this.#fail("beyond-window", distance, this.#window);
    const output = this.#output;
    if (distance > output.position) return this.#fail("beyond-start", distance, output.position);
    if (!output.copy(distance, this.#remaining)) return this.#stopAtLimit();
    this.#markOutput();
    this.#state = LITERAL_OR_LENGTH;
    return true;
  }

  /** Notes that what came out so far came with the byte that was read last. */
  #markOutput(): void {
    OUTPUT_MARKS[this.#at - 1 - this.#start] = this.#output.position - this.#base;
  }
}
