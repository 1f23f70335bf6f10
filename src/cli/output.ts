import { once } from "node:events";
import { copyOf } from "../bytes/copy.js";
import { UsageError } from "./usage-error.js";

/** Pieces below this size are put together before they are written: one write a line costs several times as much. */
const PIECE = 64 * 1024;

/** The reader of our output went away: nothing is wrong, and nothing more is to be done. */
export class OutputClosed extends Error {}

/** Standard output, in large pieces, at the pace of who reads it. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #buffer = Buffer.allocUnsafeSlow(PIECE);
  #size = 0;
  #error: NodeJS.ErrnoException | null = null;
  #started = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#error ??= error;
    });
  }

  /** Whether anything was written. */
  get started(): boolean {
    return this.#started;
  }

  write(piece: string | Uint8Array): void {
    if (typeof piece === "string") this.#writeText(piece);
    else this.writeBytes(piece, piece.length);
  }

  /** Writes the first bytes of `bytes`, up to `end`. They may change afterwards. */
  writeBytes(bytes: Uint8Array, end: number): void {
    if (end === 0) return;
    this.#started = true;
    if (end > PIECE) {
      this.#pass();
      this.#stream.write(copyOf(bytes.subarray(0, end)));
      return;
    }
    if (end > PIECE - this.#size) this.#pass();
    this.#buffer.set(end === bytes.length ? bytes : bytes.subarray(0, end), this.#size);
    this.#size += end;
  }

  #writeText(text: string): void {
    if (text.length === 0) return;
    this.#started = true;
    // A character takes three bytes at most for each of its units.
    if (text.length * 3 > PIECE) {
      this.#pass();
      this.#stream.write(text);
      return;
    }
    if (text.length * 3 > PIECE - this.#size) this.#pass();
    this.#size += this.#buffer.write(text, this.#size);
  }

  /** Waits until the reader has room for more. Throws when it is gone, or the output cannot be written. */
  async drain(): Promise<void> {
    this.#pass();
    this.#check();
    if (!this.#stream.writableNeedDrain) return;
    try {
      await once(this.#stream, "drain");
    } catch (error) {
      this.#error ??= error as NodeJS.ErrnoException;
    }
    this.#check();
  }

  /** Waits until everything has been written. */
  async flush(): Promise<void> {
    await this.drain();
    await new Promise<void>((resolve) => this.#stream.write("", () => resolve()));
    this.#check();
  }

  #pass(): void {
    if (this.#size === 0) return;
    this.#stream.write(this.#buffer.subarray(0, this.#size));
    // What is not out yet belongs to the stream.
    if (this.#stream.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(PIECE);
    this.#size = 0;
  }

  #check(): void {
    if (this.#error === null) return;
    if (this.#error.code === "EPIPE") throw new OutputClosed();
    throw new UsageError(`cannot write the output: ${this.#error.message}`);
  }
}
