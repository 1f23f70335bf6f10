import { certain, detect, sampleOf } from "../input/detect.js";
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

/**
 * Reads a source in a notation, or in the one that it turns out to be in.
 *
 * @param out takes the bytes it stands for; its promise is waited for after each chunk
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

async function readChunks(
  source: Source,
  given: Notation | null,
  out: (bytes: Uint8Array) => void,
  afterChunk: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const chunks = source.chunks()[Symbol.asyncIterator]();
  let notation = given;
  let reader: NotationReader | null = null;
  let head: Uint8Array = new Uint8Array(0);
  for (;;) {
    const next = await chunks.next();
    const done = next.done === true;
    let chunk: Uint8Array = done ? new Uint8Array(0) : next.value;
    if (reader === null) {
      chunk = head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      if (done && head.length === 0) throw new InputError("there is no input", null, NO_INPUT_HINT);
      const sample = sampleOf(head, done);
      notation ??= certain(sample);
      if (notation === null) {
        if (!done && head.length < ENOUGH) continue;
        const detected = detect(sample, walksAsFrames);
        notation = detected.notation;
        if (detected.note !== null) say(detected.note);
      }
      reader = notation.open(out, walksAsFrames);
    }
    reader.push(chunk);
    await afterChunk();
    if (done) break;
  }
  reader.end();
}

const NO_INPUT_HINT =
  "give bytes as arguments, files with --read, or anything on standard input (wsframe decode --help tells more)";
