import { once } from "node:events";
import { ByteWriter } from "../../bytes/byte-writer.js";
import { copyBytes } from "../../bytes/copy.js";
import type { SafeText } from "../../bytes/safe-text.js";
import { UsageError } from "../usage-error.js";
import { isTerminal, writeStdoutSync } from "./standard-streams.js";

/** Pieces below this size are put together before they are written: one write a line costs several times as much. */
const BUFFER_BYTES = 64 * 1024;
/** What is longer is passed on by itself. */
const MAX_BUFFERED_PIECE_LENGTH = 16 * 1024;

/** When more than this waits to be written, nothing more is to be read. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

/** The reader of our output went away: nothing is wrong, and nothing more is to be done. */
export class OutputClosedError extends Error {}

/** So much is written at once, without a stream: it fits in a pipe, so that nobody has to wait for its reader. */
const MAX_SYNC_WRITE_BYTES = 16 * 1024;

/** Standard output, in large pieces, at the pace of who reads it. */
export class Output {
  /** What was written and not passed on yet: views write straight into it. */
  readonly out: ByteWriter = new ByteWriter(BUFFER_BYTES, () => this.#flushBuffer());
  /** Opened once more is written than fits in a pipe, and for a terminal. */
  #stream: NodeJS.WriteStream | null = null;
  #syncBytesLeft = MAX_SYNC_WRITE_BYTES;
  #error: NodeJS.ErrnoException | null = null;
  #hasStarted = false;
  /** Resolves when the reader has room for more, while somebody waits for that. */
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

  /** Whether much waits for its reader. */
  get isCongested(): boolean {
    return (this.#stream?.writableLength ?? 0) > MAX_PENDING_BYTES;
  }

  /** Waits until the reader has room for more. Throws when it is gone, or the output cannot be written. */
  async drain(): Promise<void> {
    this.#flushBuffer();
    this.#throwIfFailed();
    const stream = this.#stream;
    if (!stream?.writableNeedDrain) return;
    // All who wait share one listener: Node warns of a leak where each adds its own.
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
      // What is not out yet belongs to the stream.
      if (stream.writableLength > 0) out.detachBuffer();
    }
    out.length = 0;
  }

  /** Writes as much as can be written without a stream; gives how many bytes need nothing more. */
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
