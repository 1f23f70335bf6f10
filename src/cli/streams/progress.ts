import { statSync } from "node:fs";
import { makeSafe, type SafeText, safely } from "../../bytes/safe-text.js";
import { formatCount } from "../../bytes/size.js";

/** Milliseconds between two lines, and before the first: shorter inputs need none. */
const UPDATE_INTERVAL_MS = 1000;
const CLEAR_LINE = safely`\r\u001b[K`;

/** The terminal for the line. */
interface Terminal {
  write(text: SafeText): unknown;
}

/** Shows on a terminal how far a long input has been read, in a line that the next one overwrites. */
export class Progress {
  readonly #stream: Terminal;
  readonly #totalBytes: number | null;
  readonly #startedAt = performance.now();
  #readBytes = 0;
  #updatedAt = performance.now();
  #isShown = false;

  /** @param files the inputs; the total is shown if the size of each is known */
  constructor(stream: Terminal, files: readonly string[]) {
    this.#stream = stream;
    this.#totalBytes = files.length === 0 ? null : totalFileSize(files);
  }

  /** Removes the line for good, before other output. */
  clear(): void {
    if (this.#isShown) this.#stream.write(CLEAR_LINE);
    this.#isShown = false;
    this.#updatedAt = Number.POSITIVE_INFINITY;
  }

  /** Adds bytes read from the files, before decompression, because the total is the files' size. */
  advance(bytes: number): void {
    this.#readBytes += bytes;
    const now = performance.now();
    if (now - this.#updatedAt < UPDATE_INTERVAL_MS) return;
    this.#updatedAt = now;
    this.#isShown = true;
    const line = makeSafe(formatProgress(this.#readBytes, this.#totalBytes, (now - this.#startedAt) / 1000));
    this.#stream.write(safely`${CLEAR_LINE}${line}`);
  }
}

/** The progress of an input: bytes, rate, and the remaining time if the size is known. */
export function formatProgress(read: number, size: number | null, seconds: number): string {
  const rate = read / seconds;
  const done = `${formatMebibytes(read)} read, ${formatMebibytes(rate)}/s`;
  if (size === null || size < read) return done;
  const left = formatCount(Math.ceil((size - read) / rate), "second");
  return `${done}, ${Math.floor((read / size) * 100)}% of ${formatMebibytes(size)}, ${left} left`;
}

function formatMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Total size of the files in bytes; `null` if one is not a regular file, such as a pipe. */
function totalFileSize(files: readonly string[]): number | null {
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false }));
  if (sizes.some((stat) => stat === undefined || !stat.isFile())) return null;
  return sizes.reduce((sum, stat) => sum + (stat?.size ?? 0), 0);
}
