import {
  type BlockCodes,
  CODE_LENGTH_ORDER,
  DISTANCE_BASE,
  DISTANCE_EXTRA,
  DISTANCES,
  END_OF_BLOCK,
  fixedCodes,
  LENGTH_BASE,
  LENGTH_EXTRA,
  LITERALS,
} from "./fixed-codes.js";
import { HuffmanCode, MORE_BITS, NO_CODE } from "./huffman-code.js";
import { InflateOutput, type InflateSink } from "./inflate-output.js";

/*
 * A DEFLATE decoder of our own, since none that there is says what an inspector must: which byte of the input is the first
 * that cannot be, what came out before it, whether a copy reaches further back than the window that was agreed (zlib checks
 * that only where its own buffer ends), and whether a message ends inside a block.
 */

/** What is wrong with compressed data. */
export type InflateFaultKind =
  /** A block of the type that is not defined (RFC 1951 §3.2.3). */
  | "block-type"
  /** LEN of a stored block, and the complement after it, do not agree (§3.2.4). */
  | "stored-length"
  /** The codes of a block are described wrongly (§3.2.7). */
  | "code-lengths"
  /** Bits that are no code, or a code that stands for nothing (§3.2.5). */
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
  /** Index in the bytes pushed last of the first byte that cannot be; -1 for what only the end of the data shows. */
  readonly at: number;
  /** For a copy: how many bytes it reaches back, and how many there are. */
  readonly distance: number;
  readonly reach: number;
}

/** What the next bits of the input are. */
const BLOCK_HEADER = 0;
const STORED_LENGTH = 1;
const STORED = 2;
const CODE_COUNTS = 3;
const CODE_LENGTH_LENGTHS = 4;
const CODE_LENGTHS = 5;
const LITERAL_OR_LENGTH = 6;
const DISTANCE = 7;
const DISTANCE_BITS = 8;
/** A fault was found, or no more is wanted: nothing is read until the next message. */
const STOPPED = 9;

/** The four bytes that a sender removes from the end of a message, and a receiver appends (RFC 7692 §7.2.2). */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

interface OwnCodes extends BlockCodes {
  readonly lengths: HuffmanCode;
}

/** Input is taken in pieces of at most so many bytes. */
const PIECE = 64 * 1024;
/** For each byte of the piece that is being read: how many bytes had come out when it was read, 0 where that did not change. */
const MARKS = new Uint32Array(PIECE);

/**
 * Inflates one sender's compressed messages, one after the other, whatever pieces they come in (RFC 7692 §7.2.2, RFC 1951).
 * It stops at the first fault of a message; what came out before it has been handed over.
 */
export class Inflater {
  readonly #window: number;
  readonly #output: InflateOutput;
  /** Bits of the input that were not used yet, first bit lowest; fewer than 8 between two steps. */
  #hold = 0;
  #bits = 0;
  #input: Uint8Array = TAIL;
  #at = 0;
  #end = 0;
  #base = 0;
  #start = 0;
  #state = BLOCK_HEADER;
  #final = false;
  #fault: InflateFault | null = null;
  /** Bytes of a stored block that are still to come, or of a copy. */
  #remaining = 0;
  readonly #lengths = new Uint8Array(320);
  #distanceSymbol = 0;
  #lengthCount = 0;
  #literalCount = 0;
  #codeLengthCount = 0;
  /** Those of the block that is read; `null` before the first that has any. */
  #codes: BlockCodes | null = null;
  /** The codes that the blocks describe themselves. */
  #own: OwnCodes | null = null;

  /** @param window how far back a copy may reach, 256 to 32,768 bytes */
  constructor(window: number, sink: InflateSink) {
    this.#window = window;
    this.#output = new InflateOutput(window, sink);
  }

  /** Forgets what came out so far: the next message cannot copy from it. */
  forget(): void {
    this.#output.forget();
  }

  /** Nothing more of this message is read. */
  stop(): void {
    this.#state = STOPPED;
  }

  /** No more than so many bytes of the message are to come out. */
  limit(bytes: number): void {
    this.#output.limit(bytes);
  }

  /** Whether the message was stopped at the limit. */
  get limited(): boolean {
    return this.#output.limited;
  }

  /** A message begins. */
  begin(): void {
    this.#output.begin();
    this.#state = BLOCK_HEADER;
    this.#final = false;
    this.#hold = 0;
    this.#bits = 0;
    this.#fault = null;
  }

  /** The next bytes of the message, `bytes[start, end)`. Gives the fault that they have. */
  push(bytes: Uint8Array, start: number, end: number): InflateFault | null {
    this.#input = bytes;
    for (let at = start; at < end && this.#state !== STOPPED; at = this.#end) {
      this.#start = at;
      this.#at = at;
      this.#end = Math.min(end, at + PIECE);
      this.#base = this.#output.position;
      MARKS.fill(0, 0, this.#end - at);
      this.#run();
      this.#output.pass();
    }
    return this.#takeFault();
  }

  /** The message is over. Gives the fault that its end shows. */
  end(): InflateFault | null {
    if (this.#state === STOPPED) return null;
    // A last block with nothing behind it ends by itself: there is no empty block after it (RFC 7692 §7.2.3.4).
    if (this.#state === BLOCK_HEADER && this.#final) return null;
    const bare = this.#state === BLOCK_HEADER && this.#bits === 0;
    const { position } = this.#output;
    if (!bare) {
      this.#input = TAIL;
      this.#start = 0;
      this.#at = 0;
      this.#end = TAIL.length;
      this.#base = position;
      MARKS.fill(0, 0, TAIL.length);
      this.#run();
      if (this.#state === BLOCK_HEADER && this.#bits === 0 && this.#output.position === position) return null;
    }
    // What the appended bytes were taken for is not the sender's.
    this.#output.takeBack(position);
    this.#fault = null;
    return { kind: bare ? "no-empty-block" : "unfinished", at: -1, distance: 0, reach: 0 };
  }

  /**
   * Index in the bytes pushed last of the byte with which a byte came out: during {@link InflateSink.inflated}, the byte that
   * came `offset` bytes after the first that this push gave.
   */
  sourceOf(offset: number): number {
    for (let at = this.#start; at < this.#at; at++) {
      if ((MARKS[at - this.#start] as number) > offset) return at;
    }
    return this.#at - 1;
  }

  /** Bytes that the piece that is being read has given so far and that were handed over before. */
  get passedOfPiece(): number {
    return this.#output.passed - this.#base;
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

  /** As much came out as is wanted. */
  #stopAtLimit(): false {
    this.#state = STOPPED;
    return false;
  }

  #run(): void {
    while (this.#step());
  }

  /** One step; false when more input is needed, or none is read any more. */
  #step(): boolean {
    switch (this.#state) {
      case BLOCK_HEADER:
        return this.#blockHeader();
      case STORED_LENGTH:
        return this.#storedLength();
      case STORED:
        return this.#stored();
      case CODE_COUNTS:
        return this.#codeCounts();
      case CODE_LENGTH_LENGTHS:
        return this.#codeLengthLengths();
      case CODE_LENGTHS:
        return this.#codeLengths();
      case LITERAL_OR_LENGTH:
        return this.#symbols();
      case DISTANCE:
        return this.#distance();
      case DISTANCE_BITS:
        return this.#copy();
      default:
        return false;
    }
  }

  /** Makes sure of `count` bits, at most 24; false when they are not there yet. */
  #need(count: number): boolean {
    while (this.#bits < count) {
      if (this.#at === this.#end) return false;
      this.#hold |= (this.#input[this.#at++] as number) << this.#bits;
      this.#bits += 8;
    }
    return true;
  }

  #take(count: number): number {
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#bits -= count;
    return value;
  }

  /** The next code's symbol × 16 + length, its bits not taken yet; MORE_BITS when they are not there, or NO_CODE. */
  #find(code: HuffmanCode): number {
    for (;;) {
      const found = code.find(this.#hold, this.#bits);
      if (found !== MORE_BITS || !this.#need(this.#bits + 1)) return found;
    }
  }

  /** RFC 1951 §3.2.3 */
  #blockHeader(): boolean {
    // After a last block, the next one begins with the next byte.
    if (this.#final) this.#take(this.#bits & 7);
    if (!this.#need(3)) return false;
    this.#final = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 3) return this.#fail("block-type");
    if (type === 0) this.#take(this.#bits & 7);
    if (type === 1) this.#codes = fixedCodes();
    this.#lengthCount = 0;
    this.#state = type === 0 ? STORED_LENGTH : type === 1 ? LITERAL_OR_LENGTH : CODE_COUNTS;
    return true;
  }

  /** RFC 1951 §3.2.4 */
  #storedLength(): boolean {
    if (this.#lengthCount === 0) {
      if (!this.#need(16)) return false;
      this.#remaining = this.#take(16);
      this.#lengthCount = 1;
    }
    if (!this.#need(16)) return false;
    if (this.#take(16) !== (this.#remaining ^ 0xffff)) return this.#fail("stored-length");
    this.#state = STORED;
    return true;
  }

  #stored(): boolean {
    for (; this.#remaining > 0; this.#remaining--) {
      if (this.#at === this.#end) return false;
      if (!this.#output.put(this.#input[this.#at] as number)) return this.#stopAtLimit();
      this.#at++;
      this.#mark();
    }
    this.#state = BLOCK_HEADER;
    return true;
  }

  /** RFC 1951 §3.2.7 */
  #codeCounts(): boolean {
    if (!this.#need(14)) return false;
    this.#literalCount = this.#take(5) + 257;
    const distanceCount = this.#take(5) + 1;
    this.#codeLengthCount = this.#take(4) + 4;
    if (this.#literalCount > LITERALS || distanceCount > DISTANCES) return this.#fail("code-lengths");
    this.#own ??= {
      lengths: new HuffmanCode(19),
      literals: new HuffmanCode(LITERALS),
      distances: new HuffmanCode(DISTANCES),
    };
    this.#remaining = this.#literalCount + distanceCount;
    this.#lengths.fill(0, 0, 19);
    this.#state = CODE_LENGTH_LENGTHS;
    return true;
  }

  #codeLengthLengths(): boolean {
    for (; this.#lengthCount < this.#codeLengthCount; this.#lengthCount++) {
      if (!this.#need(3)) return false;
      this.#lengths[CODE_LENGTH_ORDER[this.#lengthCount] as number] = this.#take(3);
    }
    if (this.#own?.lengths.define(this.#lengths, 0, 19) !== 0) return this.#fail("code-lengths");
    this.#lengthCount = 0;
    this.#state = CODE_LENGTHS;
    return true;
  }

  #codeLengths(): boolean {
    const own = this.#own as OwnCodes;
    const { lengths: code } = own;
    const lengths = this.#lengths;
    const all = this.#remaining;
    while (this.#lengthCount < all) {
      const found = this.#find(code);
      if (found === MORE_BITS) return false;
      if (found === NO_CODE) return this.#fail("code-lengths");
      const symbol = found >> 4;
      if (symbol < 16) {
        this.#take(found & 15);
        lengths[this.#lengthCount++] = symbol;
        continue;
      }
      const extra = symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
      if (!this.#need((found & 15) + extra)) return false;
      this.#take(found & 15);
      const times = (symbol === 18 ? 11 : 3) + this.#take(extra);
      if (this.#lengthCount + times > all || (symbol === 16 && this.#lengthCount === 0))
        return this.#fail("code-lengths");
      const length = symbol === 16 ? (lengths[this.#lengthCount - 1] as number) : 0;
      lengths.fill(length, this.#lengthCount, this.#lengthCount + times);
      this.#lengthCount += times;
    }
    if (lengths[END_OF_BLOCK] === 0) return this.#fail("code-lengths");
    if (!isUsable(own.literals, lengths, 0, this.#literalCount)) return this.#fail("code-lengths");
    if (!isUsable(own.distances, lengths, this.#literalCount, all)) return this.#fail("code-lengths");
    this.#codes = own;
    this.#state = LITERAL_OR_LENGTH;
    return true;
  }

  /** Literals and lengths with their distances (RFC 1951 §3.2.5), up to the end of the block. */
  #symbols(): boolean {
    const { literals: code } = this.#codes as BlockCodes;
    for (;;) {
      const found = this.#find(code);
      if (found === MORE_BITS) return false;
      if (found === NO_CODE) return this.#fail("code");
      const symbol = found >> 4;
      if (symbol < END_OF_BLOCK) {
        this.#take(found & 15);
        if (!this.#output.put(symbol)) return this.#stopAtLimit();
        this.#mark();
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        this.#take(found & 15);
        this.#state = BLOCK_HEADER;
        return true;
      }
      if (symbol >= LITERALS) return this.#fail("code");
      const extra = LENGTH_EXTRA[symbol - 257] as number;
      if (!this.#need((found & 15) + extra)) return false;
      this.#take(found & 15);
      this.#remaining = (LENGTH_BASE[symbol - 257] as number) + this.#take(extra);
      this.#state = DISTANCE;
      if (!this.#distance() || !this.#copy()) return false;
    }
  }

  #distance(): boolean {
    const found = this.#find((this.#codes as BlockCodes).distances);
    if (found === MORE_BITS) return false;
    if (found === NO_CODE || found >> 4 >= DISTANCES) return this.#fail("code");
    this.#take(found & 15);
    this.#distanceSymbol = found >> 4;
    this.#state = DISTANCE_BITS;
    return true;
  }

  /** The rest of a distance, and the copy from there. */
  #copy(): boolean {
    const symbol = this.#distanceSymbol;
    const extra = DISTANCE_EXTRA[symbol] as number;
    if (!this.#need(extra)) return false;
    const distance = (DISTANCE_BASE[symbol] as number) + this.#take(extra);
    if (distance > this.#window) return this.#fail("beyond-window", distance, this.#window);
    const output = this.#output;
    if (distance > output.position) return this.#fail("beyond-start", distance, output.position);
    if (!output.copy(distance, this.#remaining)) return this.#stopAtLimit();
    this.#mark();
    this.#state = LITERAL_OR_LENGTH;
    return true;
  }

  /** Notes that what came out so far came with the byte that was read last. */
  #mark(): void {
    MARKS[this.#at - 1 - this.#start] = this.#output.position - this.#base;
  }
}

/** Whether lengths describe a code that may be used: a complete one, or one with a single code of one bit, or with none. */
function isUsable(code: HuffmanCode, lengths: Uint8Array, from: number, to: number): boolean {
  const left = code.define(lengths, from, to);
  return left === 0 || (left > 0 && code.longest <= 1);
}
