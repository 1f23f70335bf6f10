import { copyOf } from "../bytes/copy.js";
import { InputError } from "../input/input-error.js";

/** What a stream's first two bytes say when it is compressed with gzip. */
const GZIP = [0x1f, 0x8b] as const;

/** The bytes of a stream, without the compression when it is compressed with gzip. */
export async function* unzipped(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  let first = await chunks.next();
  let start: Uint8Array = first.done ? new Uint8Array(0) : first.value;
  while (!first.done && start.length < GZIP.length) {
    first = await chunks.next();
    if (!first.done) start = Buffer.concat([start, first.value]);
  }
  const all = startingWith(start, chunks);
  if (GZIP.every((byte, index) => start[index] === byte)) yield* inflated(all);
  else yield* all;
}

async function* startingWith(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The inflating stream takes a chunk after the next one was asked for. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield copyOf(chunk);
}

async function* inflated(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { Readable } = await import("node:stream");
  const { createGunzip } = await import("node:zlib");
  try {
    yield* Readable.from(copies(chunks)).pipe(createGunzip());
  } catch (error) {
    throw new InputError(`the gzip data breaks off: ${(error as Error).message}`, null, "what was before it is shown");
  }
}
