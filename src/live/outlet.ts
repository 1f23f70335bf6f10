import type { Duplex } from "node:stream";
import type { Taker } from "./taker.js";

/** What an outlet reports. */
interface OutletHost {
  /** The system took these bytes, to send them to the peer. They are valid only during the call. */
  sent(bytes: Uint8Array): void;
  /** So many bytes of memory more, or fewer, wait for the peer. */
  waits(change: number): void;
}

/** Bytes that are handed to a stream at once, at most: what waits behind them can still be held back. */
const AHEAD = 256 * 1024;
/** Memory that a piece takes besides its bytes. */
const PIECE_OVERHEAD = 256;

/**
 * Everything that goes out to one peer. Bytes are reported as sent when the system took them, and not before: what still waits when
 * the connection breaks never crossed.
 */
export class Outlet implements Taker {
  readonly #stream: Duplex;
  readonly #host: OutletHost;
  readonly #observers: Taker;
  #queue: Uint8Array[] = [];
  /** The index of the first piece in the queue that is not handed to the stream yet. */
  #next = 0;
  #waiting = 0;
  #sent = 0;
  #held = false;
  #ending = false;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

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
    if (this.#room === null) {
      let resolve = (): void => {};
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#room = { promise, resolve };
    }
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
    for (let start = 0; start < bytes.length; start += AHEAD) {
      const piece = start === 0 && bytes.length <= AHEAD ? bytes : bytes.subarray(start, start + AHEAD);
      this.#count(piece.length + PIECE_OVERHEAD);
      if (this.#next < this.#queue.length || !this.#hasRoom) this.#queue.push(piece);
      else this.#hand(piece);
    }
    this.#pump();
  }

  /** Sends nothing more, once all of it is sent. */
  end(): void {
    this.#ending = true;
    this.#pump();
  }

  get #full(): boolean {
    return !this.#stream.destroyed && (this.#stream.writableNeedDrain || this.#next < this.#queue.length);
  }

  get #hasRoom(): boolean {
    return this.#stream.writableLength < AHEAD;
  }

  #hand(piece: Uint8Array): void {
    this.#stream.write(piece, (error) => {
      this.#count(-piece.length - PIECE_OVERHEAD);
      if (error) return;
      this.#sent += piece.length;
      this.#host.sent(piece);
    });
  }

  #pump(): void {
    while (this.#next < this.#queue.length && this.#hasRoom && this.#observers.behind === null)
      this.#hand(this.#queue[this.#next++] as Uint8Array);
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
    for (const piece of this.#queue.slice(this.#next)) this.#count(-piece.length - PIECE_OVERHEAD);
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
