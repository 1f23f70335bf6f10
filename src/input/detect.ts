import { copyBytes } from "../bytes/copy.js";
import { formatHexBytes } from "../bytes/hex.js";
import { quote } from "../bytes/safe-text.js";
import { InputError } from "./input-error.js";
import type { Fit, FrameCheck, Notation, Sample } from "./notation/notation.js";
import { NOTATIONS } from "./notation/notations.js";

/** Which notation an input is in. */
export interface Detection {
  readonly notation: Notation;
  /** What a person should know about the choice; `null` if nothing else was possible. */
  readonly note: string | null;
}

interface NotationCandidate extends Fit {
  readonly notation: Notation;
}

/** A candidate, and the bytes that it reads in the sample. */
interface CandidateReading extends NotationCandidate {
  readonly bytes: Uint8Array;
}

/** The longest text of one value that the end of a sample may cut, in bytes: a fault before that is no cut value. */
const MAX_CUT_VALUE_BYTES = 64;

/** How much of an input is examined to detect its notation. */
export const MAX_SAMPLE_BYTES: number = 64 * 1024;

/**
 * The notation of a sample if it is certain, else `null`: the one with signs that no other notation has, or, if all
 * lines are complete, the only one that reads them as whole frames.
 */
export function findCertainNotation(sample: Sample, isFrames: FrameCheck): Notation | null {
  refuseRecords(sample);
  const candidates = findCandidates(sample);
  const sure = candidates.find(({ fit }) => fit === "sure");
  if (sure !== undefined) return sure.notation;
  const [only] = candidates;
  if (only === undefined || candidates.length > 1 || !sample.text?.endsWith("\n")) return null;
  const bytes = readSample(only.notation, { ...sample, isWhole: true }, isFrames);
  return bytes !== null && isFrames(bytes, false) ? only.notation : null;
}

/** The most likely notation of a sample; `null` if it is unknown or ambiguous. */
export function findLikelyNotation(sample: Sample, isFrames: FrameCheck): Notation | null {
  try {
    return detectNotation(sample, isFrames).notation;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** Whether nothing in a sample looks like bytes in any notation. */
export function isUnrecognised(sample: Sample): boolean {
  return findCandidates(sample).length === 0;
}

/** Finds the notation of an input. Throws `InputError` if none fits, or if several do and nothing distinguishes them. */
export function detectNotation(sample: Sample, isFrames: FrameCheck): Detection {
  refuseRecords(sample);
  const candidates = findCandidates(sample);
  const sure = candidates.find(({ fit }) => fit === "sure");
  return sure === undefined ? chooseNotation(candidates, sample, isFrames) : { notation: sure.notation, note: null };
}

/** wsframe's own records contain payloads and header fields, but no frame bytes to decode. */
function refuseRecords({ text }: Sample): void {
  if (text === null || !/^\s*(?:\[\s*)?\{"type":"(?:frame|message|handshake|end)","stream":/.test(text)) return;
  throw new InputError(
    "this is wsframe's own output (records), not bytes",
    null,
    "decode the original input, or write frames with encode --to hex",
  );
}

/** The candidates of each sample, because several functions in a row need them. */
const candidateCache = new WeakMap<Sample, NotationCandidate[]>();

function findCandidates(sample: Sample): NotationCandidate[] {
  const before = candidateCache.get(sample);
  if (before !== undefined) return before;
  const candidates = NOTATIONS.flatMap((notation) => {
    const fit = notation.probe(sample);
    return fit === null ? [] : [{ notation, ...fit }];
  });
  candidateCache.set(sample, candidates);
  return candidates;
}

/** Chooses between notations if none of them is sure. Throws `InputError` if the choice is ambiguous. */
export function chooseNotation(
  candidates: readonly NotationCandidate[],
  sample: Sample,
  isFrames: FrameCheck,
): Detection {
  const readings = candidates
    .filter(({ fit }) => fit !== "broken")
    .map((candidate) => ({ ...candidate, bytes: readSample(candidate.notation, sample, isFrames) }));
  const readable = dropDuplicates(
    readings.filter((reading): reading is CandidateReading => reading.bytes !== null),
    sample.isWhole,
  );
  const framed = readable.filter(({ bytes }) => isFrames(bytes, !sample.isWhole));
  const unreadable = readings.filter(({ bytes }) => bytes === null);
  const faulty =
    candidates.find(({ fit }) => fit === "broken") ?? unreadable.find(({ fit }) => fit === "natural") ?? unreadable[0];
  // A typing error in the natural notation is more likely than another notation that gives no frames.
  if (
    faulty !== undefined &&
    (readable.length === 0 ||
      (faulty.fit !== "fits" && framed.length === 0 && !readable.some(({ fit }) => fit === "natural")))
  ) {
    return { notation: faulty.notation, note: null };
  }
  return chooseReading(readable, framed, sample);
}

/** Chooses between readings, of which the `framed` ones give whole frames. */
function chooseReading(
  readable: readonly CandidateReading[],
  framed: readonly CandidateReading[],
  sample: Sample,
): Detection {
  const [only, ...more] = readable;
  if (only === undefined) {
    throw new InputError(
      `unrecognised input: ${quoteStart(sample)}`,
      null,
      `name its notation with --from: ${formatNames(NOTATIONS)}`,
    );
  }
  if (more.length === 0) {
    const isCertain = only.fit === "natural" || framed.length === 1;
    return { notation: only.notation, note: isCertain ? null : formatChoiceNote(only, `: it has ${only.why}`, []) };
  }
  const chosen = framed.length === 0 ? readable.filter(({ fit }) => fit === "natural") : framed;
  const [choice] = chosen;
  if (choice === undefined || chosen.length > 1) throw buildAmbiguousError(chosen.length > 1 ? chosen : readable);
  const reason = framed.length === 0 ? `: it has ${choice.why}` : `: only ${choice.notation.name} gives whole frames`;
  const others = readable.filter((candidate) => candidate !== choice);
  return { notation: choice.notation, note: formatChoiceNote(choice, reason, others) };
}

function formatChoiceNote(
  { notation }: NotationCandidate,
  reason: string,
  others: readonly NotationCandidate[],
): string {
  const alternatives =
    others.length === 0
      ? "--from selects another notation"
      : `--from ${others.map(({ notation }) => notation.name).join(" or --from ")} overrides`;
  return `read as ${notation.name}${reason}; ${alternatives}`;
}

/** Keeps one of the readings that give the same bytes: the choice between them makes no difference. */
function dropDuplicates(readings: readonly CandidateReading[], isWhole: boolean): CandidateReading[] {
  const isSame = isWhole
    ? (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0
    : isSameExceptEnd;
  return readings.filter(({ bytes }, index) => readings.findIndex((other) => isSame(other.bytes, bytes)) === index);
}

/** Whether two readings of the start of an input are the same, except for a value that its end may cut. */
function isSameExceptEnd(one: Uint8Array, other: Uint8Array): boolean {
  const length = Math.min(one.length, other.length) - 1;
  if (length < 1 || Math.abs(one.length - other.length) > 1) return Buffer.compare(one, other) === 0;
  return Buffer.compare(one.subarray(0, length), other.subarray(0, length)) === 0;
}

/** The bytes that a notation reads in a sample; `null` if it finds a fault. */
function readSample(notation: Notation, sample: Sample, isFrames: FrameCheck): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  const reader = notation.open((bytes) => pieces.push(copyBytes(bytes)), isFrames);
  try {
    reader.push(sample.bytes);
    // A value that the sample cuts may be complete in the input. Notations that need the whole text read what there is.
    if (sample.isWhole || pieces.length === 0) reader.end();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const isAtEnd = error.place === null || error.place.offset + MAX_CUT_VALUE_BYTES >= sample.bytes.length;
    if (sample.isWhole || pieces.length === 0 || !isAtEnd) return null;
  }
  return Buffer.concat(pieces);
}

function buildAmbiguousError(readings: readonly CandidateReading[]): InputError {
  const listed = readings.map(({ notation, bytes }) => {
    const start = formatHexBytes(bytes.subarray(0, 8));
    return `--from ${notation.name} gives ${start}${bytes.length > 8 ? " …" : ""}`;
  });
  return new InputError(`the notation is ambiguous: ${listed.join(", ")}`, null, "choose one with --from");
}

function formatNames(notations: readonly Notation[]): string {
  return notations.map(({ name }) => name).join(", ");
}

function quoteStart({ text }: Sample): string {
  const start =
    (text ?? "")
      .trimStart()
      .slice(0, 33)
      .split(/[\r\n]/)[0] ?? "";
  return quote(start.length > 32 ? `${start.slice(0, 32)}…` : start);
}

/** Whether a text has control characters other than tab, line ends, form feed and escape. */
function hasControlCharacters(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && (code < 0x09 || code > 0x0d) && code !== 0x1b) return true;
  }
  return false;
}

/** Takes a sample from the bytes of a whole input. */
export function createSample(bytes: Uint8Array): Sample {
  return decodeSample(bytes.subarray(0, MAX_SAMPLE_BYTES), bytes.length > MAX_SAMPLE_BYTES);
}

/** Takes a sample from the first bytes of an input, after which more follow. */
export function createPartialSample(bytes: Uint8Array): Sample {
  return decodeSample(bytes.subarray(0, MAX_SAMPLE_BYTES), true);
}

function decodeSample(start: Uint8Array, cut: boolean): Sample {
  const text = decodeStrict(start, cut) ?? decodeNearlyAscii(start);
  return { bytes: start, text: text === null || hasControlCharacters(text) ? null : text, isWhole: !cut };
}

/** The text if the bytes are UTF-8. The end of a sample may cut a character. */
function decodeStrict(bytes: Uint8Array, cut: boolean): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: cut });
  } catch {
    return null;
  }
}

/**
 * Text with a few bytes of another encoding, as in some logs: nearly all of it is ASCII and so is its first byte, which no
 * credible frame has.
 */
function decodeNearlyAscii(bytes: Uint8Array): string | null {
  const [first = 0] = bytes;
  const beyond = bytes.reduce((count, byte) => count + (byte >> 7), 0);
  return first >= 0x20 && first < 0x7f && beyond * 20 < bytes.length ? new TextDecoder().decode(bytes) : null;
}
