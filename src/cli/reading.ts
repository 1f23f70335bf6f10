import { ByteOrderMark } from "../input/byte-order-mark.js";
import { certain, detect, isUnknown, likelyNotation, SAMPLE_SIZE, sampleOf } from "../input/detect.js";
import { InputError } from "../input/input-error.js";
import type { Notation, NotationReader } from "../input/notation/notation.js";
import { NOTATIONS } from "../input/notation/notations.js";
import { walksAsFrames } from "../protocol/frame-walk.js";
import type { Source } from "./sources.js";
import { UsageError } from "./usage-error.js";

/** The notation that `--from` names; `null` for `auto`. */
export function notationNamed(name: string): Notation | null {
  if (name === "auto") return null;
  const notation = NOTATIONS.find((candidate) => candidate.name === name);
  if (notation !== undefined) return notation;
  throw new UsageError(
    `--from ${JSON.stringify(name)} is no notation; there are auto, ${NOTATIONS.map((known) => known.name).join(", ")}`,
  );
}

/** Whether arguments are, each for itself, in different notations: joined, one would hide the others. */
export function inSeveralNotations(bytes: readonly string[]): boolean {
  const found = new Set(bytes.map((argument) => likelyNotation(sampleOf(Buffer.from(argument), true), walksAsFrames)));
  return !found.has(null) && found.size > 1;
}

/**
 * Reads a source in a notation, or in the one that it turns out to be in.
 *
 * @param out takes the bytes it stands for
 * @param afterChunk is waited for after each chunk
 * @param say takes a line for the person, when the choice of notation was not the only one possible
 */
export async function readBytes(
  source: Source,
  notation: Notation | null,
  out: (bytes: Uint8Array) => void,
  afterChunk: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const held: Uint8Array[] = [];
  const take = source.atOnce ? (bytes: Uint8Array): void => void held.push(bytes.slice()) : out;
  try {
    await readChunks(source, notation, take, afterChunk, say);
  } catch (error) {
    if (error instanceof InputError && source.name !== null)
      throw new InputError(`${source.name}: ${error.message}`, error.place, error.hint);
    throw error;
  }
  for (const bytes of held) out(bytes);
  await afterChunk();
}

/** What is not certain from its first chunk is looked at again when this many bytes are there. */
const ENOUGH = 4096;
/** What looks like nothing may be the start of a log whose first bytes come late; so much of it is waited for. */
const LONGEST_PREAMBLE = 16 * 1024 * 1024;

async function readChunks(
  source: Source,
  given: Notation | null,
  out: (bytes: Uint8Array) => void,
  afterChunk: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const mark = new ByteOrderMark();
  const start = new Start(say);
  let reader: NotationReader | null = null;
  for await (const chunk of source.chunks()) {
    const bytes = given?.name === "raw" ? chunk : mark.pass(chunk);
    if (reader !== null) reader.push(bytes);
    else {
      const notation = given ?? start.add(bytes);
      if (notation === null) continue;
      reader = notation.open(out, walksAsFrames);
      reader.push(given === null ? start.bytes : bytes);
    }
    await afterChunk();
  }
  if (reader === null) {
    if (start.bytes.length === 0) throw new InputError("there is no input", null, NO_INPUT_HINT);
    reader = start.settle().open(out, walksAsFrames);
    reader.push(start.bytes);
  }
  reader.end();
}

const NO_INPUT_HINT =
  "give bytes as arguments, files with --read, or anything on standard input (wsframe decode --help tells more)";

/** The first bytes of an input, until it is certain what they are. */
class Start {
  readonly #say: (line: string) => void;
  #bytes: Uint8Array = new Uint8Array(0);
  #looked = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Adds the next bytes; gives the notation once that can be told. */
  add(chunk: Uint8Array): Notation | null {
    this.#bytes = this.#bytes.length === 0 ? chunk.slice() : Buffer.concat([this.#bytes, chunk]);
    // Looked at again only when there is twice as much, so that many small pieces cost no more than a large one.
    if (this.#bytes.length < 2 * this.#looked) return null;
    const before = this.#looked;
    this.#looked = this.#bytes.length;
    const head = sampleOf(this.#bytes, false);
    const unknown = isUnknown(head);
    // In a text that looks like nothing so far, the first sign may come with what was added.
    const added = unknown ? sampleOf(this.#bytes.subarray(before), false) : head;
    const notation = added.text === null && unknown ? null : certain(added, walksAsFrames);
    if (notation !== null || this.#bytes.length < ENOUGH) return notation;
    return unknown && this.#bytes.length < LONGEST_PREAMBLE ? null : this.#detected(false);
  }

  /** The notation of an input that is whole. */
  settle(): Notation {
    if (isUnknown(sampleOf(this.#bytes, true))) {
      // The first sign of what it is may stand far into a log.
      for (let at = 0; at < this.#bytes.length; at += SAMPLE_SIZE) {
        const notation = certain(sampleOf(this.#bytes.subarray(at), true), walksAsFrames);
        if (notation !== null) return notation;
      }
    }
    return this.#detected(true);
  }

  #detected(whole: boolean): Notation {
    const { notation, note } = detect(sampleOf(this.#bytes, whole), walksAsFrames);
    if (note !== null) this.#say(note);
    return notation;
  }
}
