import type { InflateRaw, ZlibOptions } from "node:zlib";
import { ByteQueue } from "../../bytes/byte-queue.js";
import { copyBytes } from "../../bytes/copy.js";
import { crc32 } from "../../bytes/crc32.js";
import { readUint32LittleEndian } from "../../bytes/data-view.js";
import { InputError } from "../../input/input-error.js";

/*
 * Node's gzip stream drops its last output if the data is truncated, or followed by other bytes. This code therefore
 * splits the members (RFC 1952) and inflates each separately.
 */

const GZIP_MAGIC = [0x1f, 0x8b] as const;
const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const FHCRC = 0x02;
const FEXTRA = 0x04;
const FNAME = 0x08;
const FCOMMENT = 0x10;
/** The longest header, in bytes. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Members up to this many bytes are inflated synchronously, because creating a stream takes far longer. */
const MAX_SYNC_INPUT_BYTES = 512;
const MAX_SYNC_OUTPUT_BYTES = 1024 * 1024;
/** Input bytes to inflate at a time: the output may be a thousand times larger. */
const PIECE_BYTES = 16 * 1024;
/** Bytes of a member to keep, so that the output before a fault can be inflated again. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

type ZlibModule = typeof import("node:zlib");

/** Whether bytes begin with the gzip signature. */
export function isGzip(start: Uint8Array): boolean {
  return GZIP_MAGIC.every((byte, index) => start[index] === byte);
}

/**
 * Decompresses a gzip stream with all its members. Output before a fault is passed on.
 *
 * @param note reports bytes after the last member
 */
export async function* gunzip(
  chunks: AsyncIterator<Uint8Array>,
  note: (line: string) => void,
): AsyncIterable<Uint8Array> {
  const input = new GzipInput(chunks);
  const zlib = await import("node:zlib");
  do {
    await skipHeader(input);
    yield* readMember(input, zlib);
  } while (await skipToNextMember(input, note));
}

/** The input read so far; it can be examined before it is consumed. */
class GzipInput {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #queue = new ByteQueue();

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** The number of available bytes. */
  get length(): number {
    return this.#queue.length;
  }

  /** All available bytes, or the first of them. */
  peek(count: number = this.length): Uint8Array {
    return this.#queue.peek(count);
  }

  /** Reads the next chunk; false at the end. */
  async readMore(): Promise<boolean> {
    // A chunk is valid until the next one is read.
    this.#queue.retain();
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#queue.push(next.value);
    return true;
  }

  /** Reads until at least `length` bytes are available. */
  async ensureLength(length: number): Promise<void> {
    while (this.length < length) if (!(await this.readMore())) throw buildGzipError("truncated");
  }

  skip(length: number): void {
    this.#queue.skip(length);
  }
}

function buildGzipError(what: string, hint = "the data before it was read"): InputError {
  return new InputError(`damaged gzip data: ${what}`, null, hint);
}

async function skipHeader(input: GzipInput): Promise<void> {
  await input.ensureLength(FIXED_HEADER_BYTES);
  const flags = input.peek(FIXED_HEADER_BYTES)[3] as number;
  let length = FIXED_HEADER_BYTES;
  if (flags & FEXTRA) {
    await input.ensureLength(length + 2);
    const bytes = input.peek(length + 2);
    length += 2 + ((bytes[length] as number) | ((bytes[length + 1] as number) << 8));
  }
  for (const flag of [FNAME, FCOMMENT]) if (flags & flag) length = await findTextEnd(input, length);
  if (flags & FHCRC) length += 2;
  await input.ensureLength(length);
  input.skip(length);
}

/** The end of a zero-terminated text. */
async function findTextEnd(input: GzipInput, start: number): Promise<number> {
  for (let from = start; ; ) {
    const zero = input.peek().indexOf(0, from);
    if (zero >= 0) return zero + 1;
    from = Math.max(start, input.length);
    if (from > MAX_HEADER_BYTES) throw buildGzipError("the header is longer than 1 MiB");
    await input.ensureLength(input.length + 1);
  }
}

/** The content of a member, checked against its trailer. */
async function* readMember(input: GzipInput, zlib: ZlibModule): AsyncIterable<Uint8Array> {
  let crc = 0;
  let size = 0;
  for await (const bytes of inflateMember(input, zlib)) {
    crc = crc32(bytes, crc);
    size = (size + bytes.length) >>> 0;
    yield bytes;
  }
  await input.ensureLength(TRAILER_BYTES);
  const trailer = input.peek(TRAILER_BYTES);
  if (readUint32LittleEndian(trailer, 0) !== crc) throw buildGzipError("wrong checksum");
  if (readUint32LittleEndian(trailer, 4) !== size) throw buildGzipError("wrong length");
  input.skip(TRAILER_BYTES);
}

/** Inflates the DEFLATE data at the input's start, and consumes it. */
async function* inflateMember(input: GzipInput, zlib: ZlibModule): AsyncIterable<Uint8Array> {
  const small = inflateAtOnce(zlib.inflateRawSync, input.peek(MAX_SYNC_INPUT_BYTES));
  if (small !== null) {
    yield small.bytes;
    input.skip(small.taken);
    return;
  }
  yield* inflateInPieces(input, zlib);
}

/** Inflates a member that is too long to inflate at once. */
async function* inflateInPieces(input: GzipInput, zlib: ZlibModule): AsyncIterable<Uint8Array> {
  const inflating = new InflateStream(zlib);
  /** The input before the newest piece, to recover from a fault in that piece; `null` if it is too large to keep. */
  let before: Uint8Array[] | null = [];
  let size = 0;
  try {
    while (!inflating.hasEnded) {
      if (input.length === 0) await input.ensureLength(1);
      const piece = input.peek(PIECE_BYTES);
      const { consumedBytes } = inflating;
      const failure = await inflating.write(piece);
      for (const bytes of inflating.takeOutput()) {
        size += bytes.length;
        yield bytes;
      }
      if (failure !== null) {
        if (before === null) throw buildGzipError(failure.message, "most of the data before it was read");
        yield* inflateUpToFault(zlib, before, piece, size);
        throw buildGzipError(failure.message);
      }
      const used = inflating.consumedBytes - consumedBytes;
      before = inflating.consumedBytes > MAX_KEPT_BYTES ? null : before;
      before?.push(copyBytes(piece.subarray(0, used)));
      input.skip(used);
    }
  } finally {
    inflating.close();
  }
}

/**
 * zlib drops the output of a piece before a fault in it. This inflates the member again, feeding that piece byte by byte.
 *
 * @param shown bytes of output that were already passed on
 */
async function* inflateUpToFault(
  zlib: ZlibModule,
  before: readonly Uint8Array[],
  piece: Uint8Array,
  shown: number,
): AsyncIterable<Uint8Array> {
  const inflating = new InflateStream(zlib);
  let skip = shown;
  try {
    for (const bytes of [...before, ...Array.from(piece, (_, at) => piece.subarray(at, at + 1))]) {
      const failure = await inflating.write(bytes);
      for (const some of inflating.takeOutput()) {
        if (skip < some.length) yield some.subarray(skip);
        skip = Math.max(0, skip - some.length);
      }
      if (failure !== null) return;
    }
  } finally {
    inflating.close();
  }
}

/** An inflater for pieces that reports where its data ends. */
class InflateStream {
  readonly #stream: InflateRaw;
  readonly #endPromise: Promise<void>;
  readonly #output: Uint8Array[] = [];
  hasEnded = false;

  constructor({ createInflateRaw }: ZlibModule) {
    this.#stream = createInflateRaw();
    this.#stream.on("data", (bytes: Uint8Array) => this.#output.push(bytes));
    // An ended stream consumes nothing more, and knows how many bytes it consumed.
    this.#endPromise = new Promise<void>((resolve, reject) => {
      this.#stream.once("end", () => {
        this.hasEnded = true;
        resolve();
      });
      this.#stream.once("error", reject);
    });
    this.#endPromise.catch(() => {});
  }

  /** Input bytes consumed, over all pieces. */
  get consumedBytes(): number {
    return this.#stream.bytesWritten;
  }

  /** Inflates a piece; returns the error, or `null`. */
  async write(piece: Uint8Array): Promise<Error | null> {
    const written = new Promise<void>((resolve) => void this.#stream.write(piece, () => resolve()));
    return await Promise.race([written, this.#endPromise]).then(
      () => null,
      (error: Error) => error,
    );
  }

  /** Output since the last call. */
  takeOutput(): Uint8Array[] {
    return this.#output.splice(0);
  }

  close(): void {
    this.#stream.destroy();
  }
}

/** The content and length in bytes of a small member; `null` if its end is not available. */
function inflateAtOnce(
  inflateRawSync: ZlibModule["inflateRawSync"],
  start: Uint8Array,
): { bytes: Uint8Array; taken: number } | null {
  try {
    // With `info`, which the types lack, the result has the number of bytes consumed.
    const options = { info: true, maxOutputLength: MAX_SYNC_OUTPUT_BYTES } as ZlibOptions;
    const { buffer, engine } = inflateRawSync(start, options) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return { bytes: buffer, taken: engine.bytesWritten };
  } catch {
    // It is longer or damaged: a stream returns the output before the damage.
    return null;
  }
}

/** Whether another member follows. Zeros may follow the last one, as on tapes. */
async function skipToNextMember(input: GzipInput, note: (line: string) => void): Promise<boolean> {
  for (;;) {
    const at = input.peek().findIndex((byte) => byte !== 0);
    input.skip(at < 0 ? input.length : at);
    if (at >= 0 && (input.length >= GZIP_MAGIC.length || !(await input.readMore()))) break;
    if (at < 0 && !(await input.readMore())) return false;
  }
  if (isGzip(input.peek(GZIP_MAGIC.length))) return true;
  note("bytes after the end of the gzip data are ignored");
  return false;
}
