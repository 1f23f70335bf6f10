import { ByteQueue } from "../bytes/byte-queue.js";
import { copyBytes } from "../bytes/copy.js";
import { ByteOrderMarkDecoder } from "../input/byte-order-mark.js";
import type { CaptureFormat } from "../input/capture/capture-format.js";
import { CAPTURE_FORMATS } from "../input/capture/capture-formats.js";
import {
  createPartialSample,
  createSample,
  detectNotation,
  findCertainNotation,
  findLikelyNotation,
  isUnrecognised,
  MAX_SAMPLE_BYTES,
} from "../input/detect.js";
import { InputError } from "../input/input-error.js";
import type { Notation, NotationReader, Sample } from "../input/notation/notation.js";
import { looksLikeFrames } from "../protocol/resync/frame-shape.js";
import type { Source } from "./source.js";

/** The format of an input: a notation of bytes, or a capture format. */
export type Format = Notation | CaptureFormat;

/** Whether a format holds connections rather than bytes. */
export function isCapture(format: Format): format is CaptureFormat {
  return (CAPTURE_FORMATS as readonly Format[]).includes(format);
}

/** Whether the arguments use different notations: joined, one notation would hide the others. */
export function hasSeveralNotations(bytes: readonly string[]): boolean {
  if (bytes.length < 2) return false;
  const found = new Set(
    bytes.map((argument) => findLikelyNotation(createSample(Buffer.from(argument)), looksLikeFrames)),
  );
  return !found.has(null) && found.size > 1;
}

/** The input is empty. */
export class NoInputError extends InputError {
  constructor() {
    super("no input", null, "give bytes as arguments, files with --read, or data on standard input (see --help)");
  }
}

/** How to read a source. */
export interface SourceReadOptions {
  /** The source's format; `null` to detect it. */
  readonly format: Format | null;
  /** The capture formats to detect; none if only bytes are accepted. */
  readonly captures?: readonly CaptureFormat[];
  /** Opens a reader once the format is known. */
  open(format: Format): NotationReader | Promise<NotationReader>;
  /** Awaited after each chunk. */
  afterChunk(): Promise<void>;
  /** Receives a note for the user if the detected format was not the only possible one. */
  note(line: string): void;
}

/** Reads a source in a given or detected format. */
export async function readSource(source: Source, reading: SourceReadOptions): Promise<void> {
  try {
    await readChunks(source, reading);
  } catch (error) {
    if (error instanceof InputError && source.name !== null)
      throw new InputError(`${source.name}: ${error.message}`, error.place, error.hint);
    throw error;
  }
  await reading.afterChunk();
}

/**
 * Reads a source and decodes its notation.
 *
 * @param out receives the bytes
 */
export async function readBytes(
  source: Source,
  notation: Notation | null,
  out: (bytes: Uint8Array) => void,
  afterChunk: () => Promise<void>,
  note: (line: string) => void,
): Promise<void> {
  const { take, release } = createByteHolder(source, out);
  const open = (format: Format): NotationReader => (format as Notation).open(take, looksLikeFrames);
  await readSource(source, { format: notation, open, afterChunk, note });
  release();
  await afterChunk();
}

/** Holds the bytes of a source that must be complete before decoding. */
export function createByteHolder(
  source: Source,
  out: (bytes: Uint8Array) => void,
): { take: (bytes: Uint8Array) => void; release: () => void } {
  const held: Uint8Array[] = [];
  const take = source.isReadWhole ? (bytes: Uint8Array): void => void held.push(copyBytes(bytes)) : out;
  return { take, release: () => held.splice(0).forEach(out) };
}

/** Bytes to read before waiting for the output, because a view may write a thousand times as much. */
const READ_SLICE_BYTES = 128 * 1024;
/** Bytes after which the format is detected, if the first chunk was ambiguous. */
const DETECTION_BYTES = 4096;
/** The maximum number of unrecognised bytes at the start: a log's first payload bytes may come late. */
const MAX_PREAMBLE_BYTES = 16 * 1024 * 1024;

async function readChunks(
  source: Source,
  { format: given, captures = [], open, afterChunk, note }: SourceReadOptions,
): Promise<void> {
  const mark = new ByteOrderMarkDecoder();
  const start = new InputStart(captures, note);
  let reader: NotationReader | null = null;
  const chunks = new ChunksUntilFault(source.chunks());
  for await (const chunk of chunks) {
    const bytes = given !== null && (given.name === "raw" || isCapture(given)) ? chunk : mark.decode(chunk);
    let unread = bytes;
    if (reader === null) {
      const format = given ?? start.add(bytes, source.isReadWhole);
      if (format === null) continue;
      reader = await open(format);
      if (given === null) unread = start.bytes;
    }
    for (let at = 0; at < unread.length; at += READ_SLICE_BYTES) {
      reader.push(unread.subarray(at, at + READ_SLICE_BYTES));
      await afterChunk();
    }
  }
  const { fault } = chunks;
  if (reader === null) {
    if (fault !== null && start.bytes.length === 0) throw fault;
    if (start.bytes.length === 0) throw new NoInputError();
    reader = await open(start.detectWhole());
    reader.push(start.bytes);
  }
  try {
    reader.end();
  } catch (error) {
    throw fault ?? error;
  }
  if (fault !== null) throw fault;
}

/** The chunks of a source up to its fault, if any, so that everything before the fault is read. */
class ChunksUntilFault implements AsyncIterable<Uint8Array> {
  readonly #chunks: AsyncIterable<Uint8Array>;
  fault: InputError | null = null;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      yield* this.#chunks;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.fault = error;
    }
  }
}

/** The first bytes of an input, held until the format is certain. */
class InputStart {
  readonly #captures: readonly CaptureFormat[];
  readonly #note: (line: string) => void;
  readonly #queue = new ByteQueue();
  #examinedBytes = 0;

  constructor(captures: readonly CaptureFormat[], note: (line: string) => void) {
    this.#captures = captures;
    this.#note = note;
  }

  get bytes(): Uint8Array {
    return this.#queue.peek(this.#queue.length);
  }

  /**
   * Adds the next bytes. @returns the format, once it is certain
   *
   * @param all whether these are the last bytes
   */
  add(chunk: Uint8Array, all: boolean): Format | null {
    this.#queue.push(chunk);
    this.#queue.retain();
    if (all) return null;
    // Examined again only when the length has doubled, so that many small pieces cost no more than a large one.
    const length = this.#queue.length;
    if (length < 2 * this.#examinedBytes) return null;
    const before = this.#examinedBytes;
    this.#examinedBytes = length;
    const head = createPartialSample(this.bytes);
    const capture = this.#findCapture(head);
    if (capture !== undefined) return capture;
    if (this.#captures.some((format) => format.mayStartWith?.(this.bytes))) return null;
    const unknown = isUnrecognised(head);
    // If the text is unrecognised so far, the first sign of a notation may be in the added bytes.
    const added = unknown ? createPartialSample(this.bytes.subarray(before)) : head;
    const notation = added.text === null && unknown ? null : findCertainNotation(added, looksLikeFrames);
    if (notation !== null || length < DETECTION_BYTES) return notation;
    return unknown && length < MAX_PREAMBLE_BYTES ? null : this.#detectNotation(head);
  }

  /** The notation of a complete input. */
  detectWhole(): Format {
    const { bytes } = this;
    const sample = createSample(bytes);
    const capture = this.#findCapture(sample);
    if (capture !== undefined) return capture;
    if (isUnrecognised(sample)) {
      // A log's first payload bytes may come late.
      for (let at = 0; at < bytes.length; at += MAX_SAMPLE_BYTES) {
        const notation = findCertainNotation(createSample(bytes.subarray(at)), looksLikeFrames);
        if (notation !== null) return notation;
      }
    }
    return this.#detectNotation(sample);
  }

  #findCapture(sample: Sample): CaptureFormat | undefined {
    return this.#captures.find((format) => format.probe(sample)?.fit === "sure");
  }

  #detectNotation(sample: Sample): Notation {
    const { notation, note } = detectNotation(sample, looksLikeFrames);
    if (note !== null) this.#note(note);
    return notation;
  }
}
