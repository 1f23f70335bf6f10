import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";

const STDIN = 0;
/** A pipe holds no more at once. */
const PIPE_CHUNK = 64 * 1024;
const FILE_CHUNK = 256 * 1024;
/** After so many bytes that came without waiting, signals and timers get their turn. */
const TURN = 4 * 1024 * 1024;

/** So often it is looked whether a pipe has more, before it is waited for. */
const TRIES = 4;

/*
 * Reads that return at once where there are bytes, and wait only where there are none: a stream's events take three times
 * as long for the same bytes. Each chunk is valid until the next one is asked for: fresh memory for each costs as much
 * again as reading it.
 */

/** The bytes of a file that is named, up to its end or until `over` is aborted. */
export async function* namedChunks(name: string, over: AbortSignal | null): AsyncGenerator<Uint8Array> {
  if (statSync(name).isFIFO()) {
    const { openNamedPipe } = await import("./named-pipe.js");
    const { fd, stream } = openNamedPipe(name);
    yield* pipeChunks(stream, fd, over);
    return;
  }
  const file = openSync(name, "r");
  try {
    yield* fileChunks(file, over);
  } finally {
    closeSync(file);
  }
}

/** The bytes of a file that is open, from where it stands. */
async function* fileChunks(file: number, over: AbortSignal | null): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(FILE_CHUNK);
  for (let turn = TURN; !over?.aborted; turn -= FILE_CHUNK) {
    const chunk = readNow(file, buffer);
    if (chunk === null || chunk.length === 0) return;
    yield chunk;
    if (turn <= 0) {
      await setImmediate();
      turn = TURN;
    }
  }
}

/** The bytes of standard input, whatever that is, up to its end or until `over` is aborted. */
export function stdinChunks(over: AbortSignal | null): AsyncIterable<Uint8Array> {
  const kind = fstatSync(STDIN);
  if (kind.isFile()) return fileChunks(STDIN, over);
  return pipeChunks(process.stdin, kind.isFIFO() ? STDIN : null, over);
}

/**
 * The bytes of a pipe, a socket or a terminal: what the stream has of it, and what is there besides.
 *
 * @param pipe its file descriptor where it may be read beside the stream
 */
async function* pipeChunks(
  stream: Readable,
  pipe: number | null,
  over: AbortSignal | null,
): AsyncGenerator<Uint8Array> {
  const wait = new Waiting(stream, over);
  const buffer = new Uint8Array(pipe === null ? 0 : PIPE_CHUNK);
  try {
    // A named pipe that nobody has opened for writing yet reads as if it had ended.
    if (pipe !== null && pipe !== STDIN) await wait.forMore();
    for (let turn = TURN; !over?.aborted; ) {
      // Between two reads of ours, the stream may have taken the next bytes.
      const chunk =
        (stream.read() as Uint8Array | null) ?? (wait.over || pipe === null ? null : readSoon(pipe, buffer));
      if (chunk !== null && chunk.length > 0) {
        yield chunk;
        turn -= chunk.length;
        if (turn > 0) continue;
        turn = TURN;
        await setImmediate();
      } else if (chunk !== null || wait.over) {
        // Ctrl-C ends the writer, too: a signal that came before the end is handled before it.
        for (let turns = 0; turns < 2; turns++) await setImmediate();
        return;
      } else await wait.forMore();
    }
  } finally {
    stream.destroy();
  }
}

/** Waits until a stream has something to read, or its end. */
class Waiting {
  readonly #stream: Readable;
  #go: (() => void) | null = null;
  #fail: ((error: Error) => void) | null = null;
  over = false;

  constructor(stream: Readable, over: AbortSignal | null) {
    this.#stream = stream;
    const end = (): void => {
      this.over = true;
      this.#go?.();
    };
    stream.on("readable", () => this.#go?.());
    stream.once("end", end);
    over?.addEventListener("abort", end);
    stream.once("error", (error) => this.#fail?.(error));
  }

  async forMore(): Promise<void> {
    if (this.#stream.readableLength > 0 || this.over) return;
    await new Promise<void>((resolve, reject) => {
      this.#go = resolve;
      this.#fail = reject;
    });
  }
}

/** What can be read of a pipe now, or in a moment: who writes is mostly about to. `null` where it would have to be waited. */
function readSoon(pipe: number, buffer: Uint8Array): Uint8Array | null {
  for (let tries = 1; tries < TRIES; tries++) {
    const chunk = readNow(pipe, buffer);
    if (chunk !== null) return chunk;
  }
  return readNow(pipe, buffer);
}

/** The bytes that can be read now, none at the end; `null` where it would have to be waited for them. */
function readNow(file: number, buffer: Uint8Array): Uint8Array | null {
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, null));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return null;
    throw error;
  }
}
