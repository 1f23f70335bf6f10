import { fstatSync, readSync } from "node:fs";
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

/** The bytes of a file that is open, from where it stands. */
export async function* fileChunks(file: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(FILE_CHUNK);
  for (let turn = TURN; ; turn -= FILE_CHUNK) {
    const chunk = readNow(file, buffer);
    if (chunk === null || chunk.length === 0) return;
    yield chunk;
    if (turn <= 0) {
      await setImmediate();
      turn = TURN;
    }
  }
}

/** The bytes of standard input, whatever that is. */
export function stdinChunks(): AsyncIterable<Uint8Array> {
  const kind = fstatSync(STDIN);
  if (kind.isFile()) return fileChunks(STDIN);
  return kind.isFIFO() ? pipeChunks(process.stdin) : process.stdin;
}

/** The bytes of a pipe: what the stream has of it, and what is there besides. */
async function* pipeChunks(stream: NodeJS.ReadStream): AsyncGenerator<Uint8Array> {
  const wait = new Waiting(stream);
  const buffer = new Uint8Array(PIPE_CHUNK);
  try {
    for (let turn = TURN; ; ) {
      // Between two reads of ours, the stream may have taken the next bytes.
      const chunk = (stream.read() as Uint8Array | null) ?? (wait.over ? null : readSoon(buffer));
      if (chunk !== null && chunk.length > 0) {
        yield chunk;
        turn -= chunk.length;
        if (turn > 0) continue;
        turn = TURN;
        await setImmediate();
      } else if (chunk !== null || wait.over) return;
      else await wait.forMore();
    }
  } finally {
    stream.destroy();
  }
}

/** Waits until a stream has something to read, or its end. */
class Waiting {
  readonly #stream: NodeJS.ReadStream;
  #go: (() => void) | null = null;
  #fail: ((error: Error) => void) | null = null;
  over = false;

  constructor(stream: NodeJS.ReadStream) {
    this.#stream = stream;
    stream.on("readable", () => this.#go?.());
    stream.once("end", () => {
      this.over = true;
      this.#go?.();
    });
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
function readSoon(buffer: Uint8Array): Uint8Array | null {
  for (let tries = 1; tries < TRIES; tries++) {
    const chunk = readNow(STDIN, buffer);
    if (chunk !== null) return chunk;
  }
  return readNow(STDIN, buffer);
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
