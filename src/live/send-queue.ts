import type { Duplex } from "node:stream";
import type { Taker } from "./back-pressure.js";
import { type Deferred, deferred } from "./deferred.js";

/** What an outlet reports. */
interface OutletHost {
  /** The system took these bytes, to send them to the peer. They are valid only during the call. */
  sent(bytes: Uint8Array): void;
  /** So many bytes of memory more, or fewer, wait for the peer. */
  waits(change: number): void;
}

/** Bytes that are handed to a stream at once, at most: that more of them are sent is seen when these are. */
const LARGEST_PIECE = 256 * 1024;
/** Small pieces that wait are put together in blocks of so many bytes: each by itself takes far more memory than it has bytes. */
const BLOCK = 16 * 1024;
/** Memory that a piece takes besides its bytes. */
const PIECE_OVERHEAD = 512;

const NOBODY: Taker = { behind: null };

/** Bytes that wait. */
interface Piece {
  readonly bytes: Uint8Array;
  /** How many of them are used: a block has room behind them. */
  length: number;
}

/**
 * Everything that goes out to one peer. Bytes are reported as sent when the system took them, and not before: what still waits when
 * the connection breaks never crossed.
 */
export class Outlet implements Taker {
  readonly #stream: Duplex;
  readonly #host: OutletHost;
  #observers: Taker;
  #queue: Piece[] = [];
  /** The index of the first piece in the queue that is not handed to the stream yet. */
  #next = 0;
  #waiting = 0;
  #sent = 0;
  #held = false;
  #gathers = false;
  #ending = false;
  /** Resolves when more can be written, while somebody waits for that. */
  #room: Deferred | null = null;

  /** @param observers of what is sent: what waits does not leave while they are behind */
  constructor(stream: Duplex, observers: Taker, host: OutletHost) {
    this.#stream = stream;
    this.#observers = observers;
    this.#host = host;
    stream.on("drain", () => this.#pump());
    stream.on("close", () => this.#drop());
  }

  /** Whether more can be written. */
  get open(): boolean {
    return this.#stream.writable && !this.#ending;
  }

  get behind(): Promise<void> | null {
    if (!this.#full) return null;
    this.#room ??= deferred();
    return this.#room.promise;
  }

  /** Bytes of memory that wait for the peer. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes that the system took so far; `null` while it has taken all that it was given. */
  get stalledAt(): number | null {
    return this.#stream.writableLength > 0 ? this.#sent : null;
  }

  /** Sends bytes, which must not change any more. */
  write(bytes: Uint8Array): void {
    if (!this.open || bytes.length === 0) return;
    for (let start = 0; start < bytes.length; start += LARGEST_PIECE) {
      const piece = bytes.length <= LARGEST_PIECE ? bytes : bytes.subarray(start, start + LARGEST_PIECE);
      if (this.#gathers || this.#full) this.#enqueue(piece);
      else {
        this.#count(piece.length + PIECE_OVERHEAD);
        this.#hand(piece, piece.length);
      }
    }
  }

  /** What is written meanwhile goes out together: a system call for each frame takes longer than the frame. */
  together(write: () => void): void {
    this.#gathers = true;
    write();
    this.#gathers = false;
    this.#stream.cork();
    this.#pump();
    this.#stream.uncork();
  }

  /** Sends nothing more, once all of it is sent. */
  end(): void {
    this.#ending = true;
    if (!this.#gathers) this.#pump();
  }

  /** What waits waits for no observer any more: the end of a connection must not depend on who reads the output. */
  hurry(): void {
    this.#observers = NOBODY;
    this.#pump();
  }

  get #full(): boolean {
    return !this.#stream.destroyed && (this.#stream.writableNeedDrain || this.#next < this.#queue.length);
  }

  #enqueue(bytes: Uint8Array): void {
    const { length } = bytes;
    const last = this.#queue.at(-1);
    if (last !== undefined && last.length + length <= last.bytes.length) {
      last.bytes.set(bytes, last.length);
      last.length += length;
      return;
    }
    const small = length < BLOCK / 4;
    const piece = { bytes: small ? Buffer.allocUnsafeSlow(BLOCK) : bytes, length };
    if (small) piece.bytes.set(bytes);
    this.#queue.push(piece);
    this.#count(piece.bytes.length + PIECE_OVERHEAD);
  }

  /** @param size bytes of memory that the piece takes */
  #hand(piece: Uint8Array, size: number): void {
    this.#stream.write(piece, (error) => {
      this.#count(-size - PIECE_OVERHEAD);
      if (error) return;
      this.#sent += piece.length;
      this.#host.sent(piece);
    });
  }

  #pump(): void {
    while (this.#next < this.#queue.length && !this.#stream.writableNeedDrain && this.#observers.behind === null) {
      const { bytes, length } = this.#queue[this.#next++] as Piece;
      this.#hand(bytes.subarray(0, length), bytes.length);
    }
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
      if (this.#ending && this.#stream.writable) this.#stream.end();
    } else {
      if (this.#next * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#next);
        this.#next = 0;
      }
      this.#awaitObservers();
    }
    this.#tellRoom();
  }

  /** Goes on when the observers keep up again. */
  #awaitObservers(): void {
    const { behind } = this.#observers;
    if (behind === null || this.#held) return;
    this.#held = true;
    void behind.then(() => {
      this.#held = false;
      this.#pump();
    });
  }

  /** The connection is over: what was not handed to the stream is dropped. */
  #drop(): void {
    for (const { bytes } of this.#queue.slice(this.#next)) this.#count(-bytes.length - PIECE_OVERHEAD);
    this.#queue = [];
    this.#next = 0;
    this.#tellRoom();
  }

  #tellRoom(): void {
    if (this.#room === null || this.#full) return;
    this.#room.resolve();
    this.#room = null;
  }

  #count(change: number): void {
    this.#waiting += change;
    this.#host.waits(change);
  }
}
