import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { ByteWriter } from "../bytes/byte-writer.js";
import { say } from "./say.js";
import { UsageError } from "./usage-error.js";

const PIECE = 64 * 1024;
/** Milliseconds after which what was written is in the file. */
const SOON = 200;

/** A pipe that nobody reads is a fault, and nothing to wait for: so much else goes on. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;

/** A file that is written as a program goes on, in large pieces, none of which waits long. What it held is lost when the first is written. */
export class FileOutput {
  readonly #name: string;
  readonly #file: number;
  /** What was written and is not in the file yet: views write straight into it. */
  readonly out: ByteWriter = new ByteWriter(PIECE, () => this.#pass());
  #timer: NodeJS.Timeout | null = null;
  #failed = false;
  #begun = false;

  constructor(name: string) {
    this.#name = name;
    try {
      this.#file = openSync(name, FLAGS);
    } catch (error) {
      throw new UsageError(`${JSON.stringify(name)} cannot be written: ${(error as Error).message}`);
    }
  }

  write(piece: string | Uint8Array): void {
    if (typeof piece === "string") this.out.text(piece);
    else this.out.raw(piece);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#pass();
    }, SOON).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#pass();
    closeSync(this.#file);
  }

  #pass(): void {
    const { out } = this;
    const bytes = out.bytes.subarray(0, out.length);
    out.length = 0;
    if (this.#failed || bytes.length === 0) return;
    try {
      if (!this.#begun && fstatSync(this.#file).isFile()) ftruncateSync(this.#file);
      this.#begun = true;
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      this.#failed = true;
      say(`${JSON.stringify(this.#name)} cannot be written: ${(error as Error).message}; the recording ends there`);
    }
  }
}
