import type { Duplex } from "node:stream";
import type { BackPressure } from "./back-pressure.js";
import { createDeferred, type Deferred } from "./deferred.js";

/** What an outlet reports. */
interface SendQueueHost {
  /** The system took these bytes, to send them to the peer. They are valid only during the call. */
  sent(bytes: Uint8Array): void;
  /** So many bytes of memory more, or fewer, wait for the peer. */
  changePending(change: number): void;
}

/** Bytes that are handed to a stream at once, at most: that more of them are sent is seen when these are. */
const MAX_PIECE_BYTES = 256 * 1024;
/** Small waiting pieces are copied into blocks of this many bytes: a buffer of its own takes far more memory than a small piece. */
const BLOCK_BYTES = 16 * 1024;
/** Memory that a piece takes besides its bytes. */
const PIECE_OVERHEAD_BYTES = 512;

const NO_BACK_PRESSURE: BackPressure = { draining: null };

/** Bytes that wait. */
interface QueuedPiece {
  readonly bytes: Uint8Array;
  /** How many of them are used: a block has room behind them. */
  length: number;
}

/**
 * Everything that goes out to one peer. Bytes are reported as sent when the system took them, and not before: what still waits when
 * the connection breaks never crossed.
 */
export class SendQueue implements BackPressure {
  readonly #stream: Duplex;
  readonly #host: SendQueueHost;
  #observers: BackPressure;
  #queue: QueuedPiece[] = [];
  /** The index of the first piece in the queue that is not handed to the stream yet. */
  #nextIndex = 0;
  #pendingBytes = 0;
  #sentBytes = 0;
  #isAwaitingObservers = false;
  #isBatching = false;
  #isEnding = false;
  /** Resolves when more can be written, while somebody waits for that. */
  #drainDeferred: Deferred | null = null;

  /** @param observers of what is sent: what waits does not leave while they are behind */
  constructor(stream: Duplex, observers: BackPressure, host: SendQueueHost) {
    this.#stream = stream;
    this.#observers = observers;
    this.#host = host;
    stream.on("drain", () => this.#writeQueued());
    stream.on("close", () => this.#dropQueue());
  }

  /** Whether more can be written. */
  get isOpen(): boolean {
    return this.#stream.writable && !this.#isEnding;
  }

  get draining(): Promise<void> | null {
    if (!this.#isFull) return null;
    this.#drainDeferred ??= createDeferred();
    return this.#drainDeferred.promise;
  }

  /** Bytes of memory that wait for the peer. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Bytes that the system took so far; `null` while it has taken all that it was given. */
  get stalledAt(): number | null {
    return this.#stream.writableLength > 0 ? this.#sentBytes : null;
  }

  /** Sends bytes, which must not change any more. */
  write(bytes: Uint8Array): void {
    if (!this.isOpen || bytes.length === 0) return;
    for (let start = 0; start < bytes.length; start += MAX_PIECE_BYTES) {
      const piece = bytes.length <= MAX_PIECE_BYTES ? bytes : bytes.subarray(start, start + MAX_PIECE_BYTES);
      if (this.#isBatching || this.#isFull) this.#enqueue(piece);
      else {
        this.#changePending(piece.length + PIECE_OVERHEAD_BYTES);
        this.#writePiece(piece, piece.length);
      }
    }
  }

  /** What is written meanwhile goes out together: a system call for each frame takes longer than the frame. */
  batch(write: () => void): void {
    this.#isBatching = true;
    write();
    this.#isBatching = false;
    this.#stream.cork();
    this.#writeQueued();
    this.#stream.uncork();
  }

  /** Sends nothing more, once all of it is sent. */
  end(): void {
    this.#isEnding = true;
    if (!this.#isBatching) this.#writeQueued();
  }

  /** What waits waits for no observer any more: the end of a connection must not depend on who reads the output. */
  ignoreObservers(): void {
    this.#observers = NO_BACK_PRESSURE;
    this.#writeQueued();
  }

  get #isFull(): boolean {
    return !this.#stream.destroyed && (this.#stream.writableNeedDrain || this.#nextIndex < this.#queue.length);
  }

  #enqueue(bytes: Uint8Array): void {
    const { length } = bytes;
    const last = this.#queue.at(-1);
    if (last !== undefined && last.length + length <= last.bytes.length) {
      last.bytes.set(bytes, last.length);
      last.length += length;
      return;
    }
    const small = length < BLOCK_BYTES / 4;
    const piece = { bytes: small ? Buffer.allocUnsafeSlow(BLOCK_BYTES) : bytes, length };
    if (small) piece.bytes.set(bytes);
    this.#queue.push(piece);
    this.#changePending(piece.bytes.length + PIECE_OVERHEAD_BYTES);
  }

  /** @param size bytes of memory that the piece takes */
  #writePiece(piece: Uint8Array, size: number): void {
    this.#stream.write(piece, (error) => {
      this.#changePending(-size - PIECE_OVERHEAD_BYTES);
      if (error) return;
      this.#sentBytes += piece.length;
      this.#host.sent(piece);
    });
  }

  #writeQueued(): void {
    while (
      this.#nextIndex < this.#queue.length &&
      !this.#stream.writableNeedDrain &&
      this.#observers.draining === null
    ) {
      const { bytes, length } = this.#queue[this.#nextIndex++] as QueuedPiece;
      this.#writePiece(bytes.subarray(0, length), bytes.length);
    }
    if (this.#nextIndex === this.#queue.length) {
      this.#queue = [];
      this.#nextIndex = 0;
      if (this.#isEnding && this.#stream.writable) this.#stream.end();
    } else {
      if (this.#nextIndex * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#nextIndex);
        this.#nextIndex = 0;
      }
      this.#awaitObservers();
    }
    this.#resolveDrain();
  }

  /** Goes on when the observers keep up again. */
  #awaitObservers(): void {
    const { draining } = this.#observers;
    if (draining === null || this.#isAwaitingObservers) return;
    this.#isAwaitingObservers = true;
    void draining.then(() => {
      this.#isAwaitingObservers = false;
      this.#writeQueued();
    });
  }

  /** The connection is over: what was not handed to the stream is dropped. */
  #dropQueue(): void {
    for (const { bytes } of this.#queue.slice(this.#nextIndex))
      this.#changePending(-bytes.length - PIECE_OVERHEAD_BYTES);
    this.#queue = [];
    this.#nextIndex = 0;
    this.#resolveDrain();
  }

  #resolveDrain(): void {
    if (this.#drainDeferred === null || this.#isFull) return;
    this.#drainDeferred.resolve();
    this.#drainDeferred = null;
  }

  #changePending(change: number): void {
    this.#pendingBytes += change;
    this.#host.changePending(change);
  }
}
