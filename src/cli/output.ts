import { once } from "node:events";
import { UsageError } from "./usage-error.js";

/** Pieces below this size are put together before they are written: one write a line costs several times as much. */
const PIECE = 64 * 1024;

/** The reader of our output went away: nothing is wrong, and nothing more is to be done. */
export class OutputClosed extends Error {}

/** Standard output, in large pieces, at the pace of who reads it. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #pieces: (string | Uint8Array)[] = [];
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
    if (piece.length === 0) return;
    this.#started = true;
    this.#pieces.push(piece);
    this.#size += piece.length;
    if (this.#size >= PIECE) this.#pass();
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
    const text = this.#pieces.every((piece) => typeof piece === "string");
    if (text) this.#stream.write(this.#pieces.join(""));
    else for (const piece of this.#pieces) this.#stream.write(piece);
    this.#pieces = [];
    this.#size = 0;
  }

  #check(): void {
    if (this.#error === null) return;
    if (this.#error.code === "EPIPE") throw new OutputClosed();
    throw new UsageError(`cannot write the output: ${this.#error.message}`);
  }
}
