import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";

const STDIN_FD = 0;
/** The capacity of a pipe, in bytes. */
const PIPE_CHUNK_BYTES = 64 * 1024;
const FILE_CHUNK_BYTES = 256 * 1024;
/** Bytes read without waiting, after which the event loop runs, so that signals and timers are handled. */
const MAX_TURN_BYTES = 4 * 1024 * 1024;

/** Polls of a pipe before blocking on it. */
const MAX_READ_TRIES = 4;

/*
 * Reads that return at once if bytes are available, and block only if none are: stream events take three times
 * as long for the same bytes. Each chunk is valid until the next read, because fresh memory for each costs as much
 * again as reading it.
 */

/** The bytes of a named file, up to its end or until `over` is aborted. */
export async function* readNamedChunks(name: string, over: AbortSignal | null): AsyncGenerator<Uint8Array> {
  if (statSync(name).isFIFO()) {
    const { openNamedPipe } = await import("./named-pipe.js");
    const { fd, stream } = openNamedPipe(name);
    yield* readPipeChunks(stream, fd, over);
    return;
  }
  const file = openSync(name, "r");
  try {
    yield* readFileChunks(file, over);
  } finally {
    closeSync(file);
  }
}

/** The bytes of an open file, from its current position. */
async function* readFileChunks(file: number, over: AbortSignal | null): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(FILE_CHUNK_BYTES);
  for (let turn = MAX_TURN_BYTES; !over?.aborted; turn -= FILE_CHUNK_BYTES) {
    const chunk = readIfReady(file, buffer);
    if (chunk === null || chunk.length === 0) return;
    yield chunk;
    if (turn <= 0) {
      await setImmediate();
      turn = MAX_TURN_BYTES;
    }
  }
}

/** The bytes of standard input, of any kind, up to its end or until `over` is aborted. */
export function readStdinChunks(over: AbortSignal | null): AsyncIterable<Uint8Array> {
  const kind = fstatSync(STDIN_FD);
  if (kind.isFile()) return readFileChunks(STDIN_FD, over);
  return readPipeChunks(process.stdin, kind.isFIFO() ? STDIN_FD : null, over);
}

/**
 * The bytes of a pipe, a socket or a terminal: those buffered in the stream, and those read directly.
 *
 * @param pipe its file descriptor if it may be read directly
 */
async function* readPipeChunks(
  stream: Readable,
  pipe: number | null,
  over: AbortSignal | null,
): AsyncGenerator<Uint8Array> {
  const wait = new ReadableWaiter(stream, over);
  const buffer = new Uint8Array(pipe === null ? 0 : PIPE_CHUNK_BYTES);
  try {
    // A named pipe without a writer reads as if it had ended.
    if (pipe !== null && pipe !== STDIN_FD) await wait.waitForMore();
    for (let turn = MAX_TURN_BYTES; !over?.aborted; ) {
      // Between two direct reads, the stream may have taken the next bytes.
      const chunk =
        (stream.read() as Uint8Array | null) ?? (wait.hasEnded || pipe === null ? null : readWithRetries(pipe, buffer));
      if (chunk !== null && chunk.length > 0) {
        yield chunk;
        turn -= chunk.length;
        if (turn > 0) continue;
        turn = MAX_TURN_BYTES;
        await setImmediate();
      } else if (chunk !== null || wait.hasEnded) {
        // Ctrl-C also ends the writer, so a signal that came before the end is handled first.
        for (let turns = 0; turns < 2; turns++) await setImmediate();
        return;
      } else await wait.waitForMore();
    }
  } finally {
    stream.destroy();
  }
}

/** Waits until a stream is readable or ended. */
class ReadableWaiter {
  readonly #stream: Readable;
  #resolve: (() => void) | null = null;
  #reject: ((error: Error) => void) | null = null;
  hasEnded = false;

  constructor(stream: Readable, over: AbortSignal | null) {
    this.#stream = stream;
    const end = (): void => {
      this.hasEnded = true;
      this.#resolve?.();
    };
    stream.on("readable", () => this.#resolve?.());
    stream.once("end", end);
    over?.addEventListener("abort", end);
    stream.once("error", (error) => this.#reject?.(error));
  }

  async waitForMore(): Promise<void> {
    if (this.#stream.readableLength > 0 || this.hasEnded) return;
    await new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
}

/** The bytes that a pipe has now or very soon, since its writer is usually about to write; `null` if reading would block. */
function readWithRetries(pipe: number, buffer: Uint8Array): Uint8Array | null {
  for (let tries = 1; tries < MAX_READ_TRIES; tries++) {
    const chunk = readIfReady(pipe, buffer);
    if (chunk !== null) return chunk;
  }
  return readIfReady(pipe, buffer);
}

/** The bytes that can be read now, none at the end; `null` if reading would block. */
function readIfReady(file: number, buffer: Uint8Array): Uint8Array | null {
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, null));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return null;
    throw error;
  }
}
