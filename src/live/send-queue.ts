import type { Duplex } from "node:stream";
import type { BackPressure } from "./back-pressure.js";
import { createDeferred, type Deferred } from "./deferred.js";

/** Callbacks of a send queue. */
interface SendQueueHost {
  /** The system accepted these bytes for sending. They are valid only during the call. */
  sent(bytes: Uint8Array): void;
  /** Reports a change of the pending memory, in bytes. */
  changePending(change: number): void;
}

/** The maximum size of one write, in bytes: bytes are reported as sent once their whole write is accepted. */
const MAX_PIECE_BYTES = 256 * 1024;
/** Small pieces are copied into blocks of this many bytes, because separate buffers take far more memory. */
const BLOCK_BYTES = 16 * 1024;
/** Memory overhead of a piece, in bytes. */
const PIECE_OVERHEAD_BYTES = 512;

const NO_BACK_PRESSURE: BackPressure = { draining: null };

/** A piece that waits to be sent. */
interface QueuedPiece {
  readonly bytes: Uint8Array;
  /** The number of used bytes: a block has free space after them. */
  length: number;
}

/**
 * All bytes for one peer. Bytes are reported as sent only after the system has accepted them, so bytes that are pending when the
 * connection breaks are never reported.
 */
export class SendQueue implements BackPressure {
  readonly #stream: Duplex;
  readonly #host: SendQueueHost;
  #observers: BackPressure;
  #queue: QueuedPiece[] = [];
  /** The index of the first queued piece that was not written to the stream yet. */
  #nextIndex = 0;
  #pendingBytes = 0;
  #sentBytes = 0;
  #isAwaitingObservers = false;
  #isBatching = false;
  #isEnding = false;
  /** Resolves when more can be written; set only while a caller waits. */
  #drainDeferred: Deferred | null = null;
  /** Resolves when nothing is pending; set only while a caller waits. */
  #flushDeferred: Deferred | null = null;

  /** @param observers the observers of the sent bytes: queued bytes wait while these lag behind */
  constructor(stream: Duplex, observers: BackPressure, host: SendQueueHost) {
    this.#stream = stream;
    this.#observers = observers;
    this.#host = host;
    stream.on("drain", () => this.#writeQueued());
    stream.on("close", () => this.#dropQueue());
  }

  /** Whether bytes can still be written. */
  get isOpen(): boolean {
    return this.#stream.writable && !this.#isEnding;
  }

  get draining(): Promise<void> | null {
    if (!this.#isFull) return null;
    this.#drainDeferred ??= createDeferred();
    return this.#drainDeferred.promise;
  }

  /** Resolves when the system has accepted all bytes; `null` if none are pending. */
  get flushing(): Promise<void> | null {
    if (this.#pendingBytes === 0) return null;
    this.#flushDeferred ??= createDeferred();
    return this.#flushDeferred.promise;
  }

  /** The pending memory, in bytes. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The number of bytes accepted by the system so far; `null` if none are pending. */
  get stalledAt(): number | null {
    return this.#stream.writableLength > 0 ? this.#sentBytes : null;
  }

  /** Sends bytes. The caller must not change them afterwards. */
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

  /** Combines all writes in `write` into one: a system call per frame takes longer than the frame. */
  batch(write: () => void): void {
    this.#isBatching = true;
    write();
    this.#isBatching = false;
    this.#stream.cork();
    this.#writeQueued();
    this.#stream.uncork();
  }

  /** Ends the stream after all queued bytes are sent. */
  end(): void {
    this.#isEnding = true;
    if (!this.#isBatching) this.#writeQueued();
  }

  /** Stops waiting for observers, because the end of a connection must not depend on the reader of the output. */
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

  /** @param size the memory of the piece, in bytes */
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

  /** Continues when the observers have caught up. */
  #awaitObservers(): void {
    const { draining } = this.#observers;
    if (draining === null || this.#isAwaitingObservers) return;
    this.#isAwaitingObservers = true;
    void draining.then(() => {
      this.#isAwaitingObservers = false;
      this.#writeQueued();
    });
  }

  /** The connection has ended: drops the bytes that were not written to the stream. */
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
    if (this.#pendingBytes > 0 || this.#flushDeferred === null) return;
    this.#flushDeferred.resolve();
    this.#flushDeferred = null;
  }
}
