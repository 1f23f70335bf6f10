import { once } from "node:events";
import { ByteWriter } from "../../bytes/byte-writer.js";
import { copyBytes } from "../../bytes/copy.js";
import type { SafeText } from "../../bytes/safe-text.js";
import { UsageError } from "../usage-error.js";
import { isTerminal, writeNow } from "./standard-streams.js";

/** Pieces below this size are put together before they are written: one write a line costs several times as much. */
const PIECE = 64 * 1024;
/** What is longer is passed on by itself. */
const LONGEST_TEXT = 16 * 1024;

/** When more than this waits to be written, nothing more is to be read. */
const MOST_WAITING = 4 * 1024 * 1024;

/** The reader of our output went away: nothing is wrong, and nothing more is to be done. */
export class OutputClosed extends Error {}

/** So much is written at once, without a stream: it fits in a pipe, so that nobody has to wait for its reader. */
const MOST_AT_ONCE = 16 * 1024;

/** Standard output, in large pieces, at the pace of who reads it. */
export class Output {
  /** What was written and not passed on yet: views write straight into it. */
  readonly out: ByteWriter = new ByteWriter(PIECE, () => this.#pass());
  /** Opened once more is written than fits in a pipe, and for a terminal. */
  #stream: NodeJS.WriteStream | null = null;
  #atOnce = MOST_AT_ONCE;
  #error: NodeJS.ErrnoException | null = null;
  #started = false;
  /** Resolves when the reader has room for more, while somebody waits for that. */
  #drained: Promise<void> | null = null;

  /** Whether anything was written. */
  get started(): boolean {
    return this.#started || this.out.length > 0;
  }

  write(piece: SafeText | Uint8Array): void {
    if (typeof piece === "string" && piece.length <= LONGEST_TEXT) this.out.writeText(piece);
    else if (piece.length <= LONGEST_TEXT) this.out.writeBytes(piece as Uint8Array);
    else {
      this.#pass();
      this.#started = true;
      this.#opened().write(typeof piece === "string" ? piece : copyBytes(piece));
    }
  }

  /** Whether much waits for its reader. */
  get behind(): boolean {
    return (this.#stream?.writableLength ?? 0) > MOST_WAITING;
  }

  /** Waits until the reader has room for more. Throws when it is gone, or the output cannot be written. */
  async drain(): Promise<void> {
    this.#pass();
    this.#check();
    const stream = this.#stream;
    if (!stream?.writableNeedDrain) return;
    // All who wait share one listener: Node warns of a leak where each adds its own.
    this.#drained ??= once(stream, "drain")
      .then(
        () => {},
        (error: NodeJS.ErrnoException) => {
          this.#error ??= error;
        },
      )
      .finally(() => {
        this.#drained = null;
      });
    await this.#drained;
    this.#check();
  }

  /** Waits until everything has been written. */
  async flush(): Promise<void> {
    await this.drain();
    await new Promise<void>((resolve) => (this.#stream === null ? resolve() : this.#stream.write("", () => resolve())));
    this.#check();
  }

  #pass(): void {
    const { out } = this;
    if (out.length === 0) return;
    this.#started = true;
    const bytes = out.bytes.subarray(0, out.length);
    const written = this.#writeAtOnce(bytes);
    if (written < bytes.length) {
      const stream = this.#opened();
      stream.write(bytes.subarray(written));
      // What is not out yet belongs to the stream.
      if (stream.writableLength > 0) out.detachBuffer();
    }
    out.length = 0;
  }

  /** Writes as much as can be written without a stream; gives how many bytes need nothing more. */
  #writeAtOnce(bytes: Uint8Array): number {
    if (this.#stream !== null || bytes.length > this.#atOnce || isTerminal("stdout")) return 0;
    this.#atOnce -= bytes.length;
    try {
      return writeNow(bytes);
    } catch (error) {
      this.#error ??= error as NodeJS.ErrnoException;
      return bytes.length;
    }
  }

  #opened(): NodeJS.WriteStream {
    if (this.#stream === null) {
      this.#stream = process.stdout;
      this.#stream.on("error", (error: NodeJS.ErrnoException) => {
        this.#error ??= error;
      });
    }
    return this.#stream;
  }

  #check(): void {
    if (this.#error === null) return;
    if (this.#error.code === "EPIPE") throw new OutputClosed();
    throw new UsageError(`cannot write the output: ${this.#error.message}`);
  }
}
