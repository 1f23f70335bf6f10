import { gunzip, isGzip } from "./gunzip.js";

/** Bytes needed to recognise gzip. */
const GZIP_MAGIC_BYTES = 2;

/** The bytes of a stream, decompressed if they are gzip. */
export async function* decompress(
  stream: AsyncIterable<Uint8Array>,
  note: (line: string) => void,
): AsyncIterable<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  let first = await chunks.next();
  let start: Uint8Array = first.done ? new Uint8Array(0) : first.value;
  while (!first.done && start.length < GZIP_MAGIC_BYTES) {
    first = await chunks.next();
    if (!first.done) start = Buffer.concat([start, first.value]);
  }
  const all = prependChunk(start, chunks);
  yield* isGzip(start) ? gunzip(all, note) : all;
}

async function* prependChunk(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
