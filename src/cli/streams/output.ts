import { once } from "node:events";
import { ByteWriter } from "../../bytes/byte-writer.js";
import { copyBytes } from "../../bytes/copy.js";
import type { SafeText } from "../../bytes/safe-text.js";
import { UsageError } from "../usage-error.js";
import { isTerminal, writeStdoutSync } from "./standard-streams.js";

/** Pieces below this size, in bytes, are combined before writing: one write per line costs several times as much. */
const BUFFER_BYTES = 64 * 1024;
/** Longer pieces are passed on separately. */
const MAX_BUFFERED_PIECE_LENGTH = 16 * 1024;

/** When more bytes than this wait to be written, reading pauses. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** The reader of the output disconnected: this is not an error, and no work is left. */
export class OutputClosedError extends Error {}

/** Bytes to write at once without a stream: they fit in a pipe, so the write never blocks on the reader. */
const MAX_SYNC_WRITE_BYTES = 16 * 1024;

/** Standard output, written in large pieces, with back-pressure from its reader. */
export class Output {
  /** Buffered output. Views write directly into it. */
  readonly out: ByteWriter = new ByteWriter(BUFFER_BYTES, () => this.#flushBuffer());
  /** Opened for a terminal, and when more is written than fits in a pipe. */
  #stream: NodeJS.WriteStream | null = null;
  #syncBytesLeft = MAX_SYNC_WRITE_BYTES;
  #error: NodeJS.ErrnoException | null = null;
  #hasStarted = false;
  /** Resolves when the reader has room for more; set only while a caller waits. */
  #drainPromise: Promise<void> | null = null;

  /** Whether anything was written. */
  get hasStarted(): boolean {
    return this.#hasStarted || this.out.length > 0;
  }

  write(piece: SafeText | Uint8Array): void {
    if (typeof piece === "string" && piece.length <= MAX_BUFFERED_PIECE_LENGTH) this.out.writeText(piece);
    else if (piece.length <= MAX_BUFFERED_PIECE_LENGTH) this.out.writeBytes(piece as Uint8Array);
    else {
      this.#flushBuffer();
      this.#hasStarted = true;
      this.#openStream().write(typeof piece === "string" ? piece : copyBytes(piece));
    }
  }

  /** Whether much output waits for its reader. */
  get isCongested(): boolean {
    return (this.#stream?.writableLength ?? 0) > MAX_PENDING_BYTES;
  }

  /** Waits until the reader has room for more. Throws if the reader is gone, or if writing fails. */
  async drain(): Promise<void> {
    this.#flushBuffer();
    this.#throwIfFailed();
    const stream = this.#stream;
    if (!stream?.writableNeedDrain) return;
    // All waiting callers share one listener, because Node warns of a leak if each adds its own.
    this.#drainPromise ??= once(stream, "drain")
      .then(
        () => {},
        (error: NodeJS.ErrnoException) => {
          this.#error ??= error;
        },
      )
      .finally(() => {
        this.#drainPromise = null;
      });
    await this.#drainPromise;
    this.#throwIfFailed();
  }

  /** Waits until everything has been written. */
  async flush(): Promise<void> {
    await this.drain();
    await new Promise<void>((resolve) => (this.#stream === null ? resolve() : this.#stream.write("", () => resolve())));
    this.#throwIfFailed();
  }

  #flushBuffer(): void {
    const { out } = this;
    if (out.length === 0) return;
    this.#hasStarted = true;
    const bytes = out.bytes.subarray(0, out.length);
    const written = this.#writeSync(bytes);
    if (written < bytes.length) {
      const stream = this.#openStream();
      stream.write(bytes.subarray(written));
      // The stream now owns the output that is not written yet.
      if (stream.writableLength > 0) out.detachBuffer();
    }
    out.length = 0;
  }

  /** Writes as much as possible without a stream; returns the number of bytes that are done. */
  #writeSync(bytes: Uint8Array): number {
    if (this.#stream !== null || bytes.length > this.#syncBytesLeft || isTerminal("stdout")) return 0;
    this.#syncBytesLeft -= bytes.length;
    try {
      return writeStdoutSync(bytes);
    } catch (error) {
      this.#error ??= error as NodeJS.ErrnoException;
      return bytes.length;
    }
  }

  #openStream(): NodeJS.WriteStream {
    if (this.#stream === null) {
      this.#stream = process.stdout;
      this.#stream.on("error", (error: NodeJS.ErrnoException) => {
        this.#error ??= error;
      });
    }
    return this.#stream;
  }

  #throwIfFailed(): void {
    if (this.#error === null) return;
    if (this.#error.code === "EPIPE") throw new OutputClosedError();
    throw new UsageError(`cannot write the output: ${this.#error.message}`);
  }
}
