import { hexBytes } from "../bytes/hex.js";
import { InputError } from "./input-error.js";
import type { Fit, Notation, Sample, Walk } from "./notation/notation.js";
import { NOTATIONS } from "./notation/notations.js";

/** Which notation an input is in. */
export interface Detection {
  readonly notation: Notation;
  /** What a person should know about the choice, `null` when nothing else was possible. */
  readonly note: string | null;
}

interface Candidate extends Fit {
  readonly notation: Notation;
}

/** A candidate, and the bytes that it reads in the sample. */
interface Reading extends Candidate {
  readonly bytes: Uint8Array;
}

/** Bytes of an input that are looked at to find out what it is. */
const SAMPLE_SIZE = 64 * 1024;

/** The notation that has signs in the sample that no other has, `null` when none is that sure. */
export function certain(sample: Sample): Notation | null {
  return NOTATIONS.find((notation) => notation.probe(sample)?.fit === "sure") ?? null;
}

/** Finds the notation of an input. Throws `InputError` when none fits, or several do and nothing tells them apart. */
export function detect(sample: Sample, walk: Walk): Detection {
  const candidates: Candidate[] = [];
  for (const notation of NOTATIONS) {
    const fit = notation.probe(sample);
    if (fit?.fit === "sure") return { notation, note: null };
    if (fit !== null) candidates.push({ notation, ...fit });
  }
  return settle(candidates, sample, walk);
}

/** Chooses between notations none of which is sure. */
export function settle(candidates: readonly Candidate[], sample: Sample, walk: Walk): Detection {
  const readings = candidates
    .filter(({ fit }) => fit !== "broken")
    .map((candidate) => ({ ...candidate, bytes: read(candidate.notation, sample, walk) }));
  const readable = different(readings.filter((reading): reading is Reading => reading.bytes !== null));
  const walking = readable.filter(({ bytes }) => walk(bytes, !sample.whole));
  const unreadable = readings.filter(({ bytes }) => bytes === null);
  const faulty =
    candidates.find(({ fit }) => fit === "broken") ?? unreadable.find(({ fit }) => fit === "natural") ?? unreadable[0];
  // A reading that gives no frames is less likely than a slip in the one that is natural, or was nearly right.
  if (faulty !== undefined && (readable.length === 0 || (faulty.fit !== "fits" && walking.length === 0))) {
    return { notation: faulty.notation, note: null };
  }
  const [only] = readable;
  if (only === undefined) {
    throw new InputError(
      `cannot tell what this is: ${excerpt(sample)}`,
      null,
      `--from says how it is to be read: ${names(NOTATIONS)}`,
    );
  }
  if (readable.length === 1) {
    const certain = only.fit === "natural" || walking.length === 1;
    return { notation: only.notation, note: certain ? null : took(only, false, []) };
  }
  const natural = readable.filter(({ fit }) => fit === "natural");
  const chosen = walking.length === 0 ? natural : walking;
  const [choice] = chosen;
  if (choice === undefined || chosen.length > 1) throw ambiguous(chosen.length > 1 ? chosen : readable);
  const others = readable.filter((candidate) => candidate !== choice);
  return {
    notation: choice.notation,
    note: took(choice, walking.length > 0, others),
  };
}

function took({ notation, why }: Candidate, alone: boolean, others: readonly Candidate[]): string {
  const because = alone ? ": only so it is whole frames" : `, since it has ${why}`;
  const otherwise =
    others.length === 0
      ? "--from says how else it is to be read"
      : `it could also be ${names(others.map((other) => other.notation))} (--from)`;
  return `read as ${notation.name}${because}; ${otherwise}`;
}

/** The first of the readings that give the same bytes: between them there is nothing to choose. */
function different(readings: readonly Reading[]): Reading[] {
  return readings.filter(
    ({ bytes }, index) => readings.findIndex((other) => Buffer.compare(other.bytes, bytes) === 0) === index,
  );
}

/** The bytes that a notation reads in a sample, `null` when it finds a fault. */
function read(notation: Notation, sample: Sample, walk: Walk): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  const reader = notation.open((bytes) => pieces.push(bytes.slice()), walk);
  try {
    reader.push(sample.bytes);
    // What is cut in a sample may be whole in the input; what is read as a whole is read as far as it goes.
    if (sample.whole || pieces.length === 0) reader.end();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (sample.whole || pieces.length === 0) return null;
  }
  return Buffer.concat(pieces);
}

function ambiguous(readings: readonly Reading[]): InputError {
  const listed = readings.map(({ notation, bytes }) => {
    const start = hexBytes(bytes.subarray(0, 8));
    return `--from ${notation.name} gives ${start}${bytes.length > 8 ? " …" : ""}`;
  });
  return new InputError(`several readings are possible: ${listed.join(", ")}`, null, "say which is meant");
}

function names(notations: readonly Notation[]): string {
  return notations.map(({ name }) => name).join(", ");
}

function excerpt({ text }: Sample): string {
  const start =
    (text ?? "")
      .trimStart()
      .slice(0, 33)
      .split(/[\r\n]/)[0] ?? "";
  return JSON.stringify(start.length > 32 ? `${start.slice(0, 32)}…` : start);
}

/** Whether a text has control characters that text does not have: all but tab, line ends, form feed and escape. */
function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && (code < 0x09 || code > 0x0d) && code !== 0x1b) return true;
  }
  return false;
}

/** Takes a sample from the first bytes of an input. */
export function sampleOf(bytes: Uint8Array, whole: boolean): Sample {
  const start = bytes.subarray(0, SAMPLE_SIZE);
  const cut = !whole || start.length < bytes.length;
  try {
    // In a stream, a character may be cut by the sample's end.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(start, { stream: cut });
    return { bytes: start, text: hasControls(text) ? null : text, whole: !cut };
  } catch {
    return { bytes: start, text: null, whole: !cut };
  }
}
