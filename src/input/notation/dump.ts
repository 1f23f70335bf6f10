import { InputError, type Place } from "../input-error.js";
import { type Line, LineReader, type LineReceiver } from "../line-reader.js";
import { type DumpRow, guessOffsetBases, MAX_ROW_CHARACTERS, parseDumpRow } from "./dump-row.js";
import { type DumpStyle, findStyles, matchesTextColumn, parseOctalBytes } from "./dump-style.js";
import type { Fit, FrameCheck, Notation, Sample } from "./notation.js";

/** Dumps: an offset, bytes in some form, optionally a text column. */
export const dump: Notation = {
  name: "dump",
  reads: "dumps of xxd, hexdump, od, Go's hex.Dump, gdb x/, ncat -x, tshark -x",
  probe,
  open: (out, walk) => new LineReader(new DumpReader(out, walk), MAX_LINE_BYTES),
};

const HINT = "each row of a dump needs an offset and bytes, as printed by xxd, hexdump -C and od -t x1";
/** The longest line that may be a row, in bytes: a character has at most four. */
const MAX_LINE_BYTES = MAX_ROW_CHARACTERS * 4;
/** A * that repeats a row for this many bytes or more is a mistake or an attack. */
const MAX_REPEAT_BYTES = 2 ** 32;
/** Repeated rows are output in chunks of this many bytes. */
const REPEAT_BLOCK_BYTES = 64 * 1024;

function probe({ text, isWhole }: Sample): Fit | null {
  if (text === null) return null;
  const lines = text.split(/\r?\n/);
  const complete = (isWhole ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== "");
  const [first, second] = complete;
  if (complete.length > 0 && complete.every((line) => parseOctalBytes(line) !== null)) {
    return { fit: "fits", why: "only octal numbers of three digits" };
  }
  const rows = complete.filter((line) => line.trim() === "*" || parseDumpRow(line) !== null).length;
  if (first === undefined || (first.trim() !== "*" && parseDumpRow(first) === null)) return null;
  if (rows < complete.length * 0.6) return null;
  // The offset of a first row, whatever the form of its bytes.
  if (/^0{6,8}:?\s/.test(first)) return { fit: "sure", why: "an offset of zero" };
  const row = parseDumpRow(first);
  if (row === null) return { fit: "sure", why: "a * row" };
  const next = second === undefined ? null : parseDumpRow(second);
  const follows = next !== null && findReading(row, next, () => true) !== null;
  return follows || (row.isUnmistakable && findStyles(row).some((style) => (style(row, null, true) ?? []).length > 0))
    ? { fit: "sure", why: "offsets that grow by the length of each row" }
    : null;
}

/** The form of a dump: the number base of its offsets and the style of its bytes. */
interface DumpReading {
  readonly base: number;
  readonly style: DumpStyle;
}

/**
 * The form in which a row has as many bytes as the next offset implies; without a next offset, the most likely one. Of
 * several, the one that matches the text column or whose bytes start with frames.
 */
function findReading(row: DumpRow, next: DumpRow | null, walk: FrameCheck): (DumpReading & { bytes: number[] }) | null {
  const found: (DumpReading & { bytes: number[] })[] = [];
  for (const base of guessOffsetBases(row.offset, next?.offset ?? "")) {
    const length = next === null ? null : Number.parseInt(next.offset, base) - Number.parseInt(row.offset, base);
    if (length !== null && (length <= 0 || length > 4096)) continue;
    for (const style of findStyles(row)) {
      const bytes = style(row, length, isLastRow(next));
      if (bytes !== null && bytes.length > 0 && (length === null || bytes.length === length))
        found.push({ base, style, bytes });
    }
  }
  // The longest: a few dots at the end of a text column also match fewer bytes.
  const [agreeing] = found
    .filter(({ bytes }) => matchesTextColumn(row, bytes) === true)
    .sort((one, other) => other.bytes.length - one.bytes.length);
  const walking = [false, true].map((cut) => found.find(({ bytes }) => walk(Uint8Array.from(bytes), cut)));
  return agreeing ?? walking[0] ?? walking[1] ?? found[0] ?? null;
}

/** Whether the next row is missing or has no bytes. */
function isLastRow(next: DumpRow | null): boolean {
  return next === null || next.data.trim() === "";
}

/** Whether a line repeats a row in another form without an offset, as od prints several formats. */
function isOtherForm(line: string, row: DumpRow): boolean {
  const indent = row.offset.length;
  if (line.slice(0, indent).trim() !== "") return false;
  const repeated = { ...row, data: line.slice(indent), text: null };
  return findStyles(repeated).some((style) => style(repeated, null, true) !== null);
}

interface PendingRow {
  readonly row: DumpRow;
  readonly place: Place;
  isRepeated: boolean;
}

/** Reads a dump row by row: the length of a row is certain when the next offset is known. */
class DumpReader implements LineReceiver {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #looksLikeFrames: FrameCheck;
  #pendingRow: PendingRow | null = null;
  #reading: DumpReading | null = null;

  constructor(out: (bytes: Uint8Array) => void, walk: FrameCheck) {
    this.#out = out;
    this.#looksLikeFrames = walk;
  }

  end(): void {
    if (this.#pendingRow !== null) this.#finishRow(this.#pendingRow, null);
  }

  line({ text: line, offset, number }: Line): void {
    const place: Place = { offset, line: number, column: 1, excerpt: line.slice(0, 40).trimEnd() };
    const text = line.trim();
    if (text === "") return;
    if (text === "*") {
      if (this.#pendingRow === null)
        throw new InputError("a * row has no row before it to repeat", place, "paste the dump from its first row");
      this.#pendingRow.isRepeated = true;
      return;
    }
    const row = parseDumpRow(line);
    if (row === null && this.#pendingRow !== null && isOtherForm(line, this.#pendingRow.row)) return;
    const octal = row === null && this.#pendingRow === null ? parseOctalBytes(text) : null;
    if (octal !== null) {
      this.#out(Uint8Array.from(octal));
      return;
    }
    if (row === null) throw new InputError("this is not a row of a dump", place, HINT);
    const restarts = /^0+$/.test(row.offset) && row.data.trim() !== "";
    if (this.#pendingRow !== null) this.#finishRow(this.#pendingRow, restarts ? null : { row, place });
    if (restarts) this.#reading = null;
    this.#pendingRow = row.data.trim() === "" ? null : { row, place, isRepeated: false };
  }

  /** Outputs the bytes of a row. `next` is the following row; `null` after the last one. */
  #finishRow({ row, place, isRepeated }: PendingRow, next: { row: DumpRow; place: Place } | null): void {
    this.#pendingRow = null;
    const found = this.#readRow(row, isRepeated ? null : (next?.row ?? null), next?.place ?? place);
    if (found === null) throw new InputError("the bytes of this row are in an unknown form", place, HINT);
    if (!isRepeated) {
      this.#out(Uint8Array.from(found));
      return;
    }
    if (next === null)
      throw new InputError(
        "a * row has no offset after it, so its length is unknown",
        place,
        "paste the dump to its last line",
      );
    this.#repeatRow(Uint8Array.from(found), row, next);
  }

  #readRow(row: DumpRow, next: DumpRow | null, nextPlace: Place): number[] | null {
    if (this.#reading === null) {
      const found =
        findReading(row, next, this.#looksLikeFrames) ??
        (next === null ? null : this.#checkNextOffset(row, next.offset, nextPlace));
      this.#reading = found;
      return found?.bytes ?? null;
    }
    const { base, style } = this.#reading;
    if (next === null) return style(row, null, true);
    const length = Number.parseInt(next.offset, base) - Number.parseInt(row.offset, base);
    const bytes = length > 0 ? style(row, length, isLastRow(next)) : null;
    return bytes !== null && bytes.length === length ? bytes : this.#checkNextOffset(row, next.offset, nextPlace);
  }

  /** The fault where the next offset differs from the end of this row. */
  #checkNextOffset(row: DumpRow, next: string, place: Place): null {
    const natural = findReading(row, null, this.#looksLikeFrames);
    if (natural === null) return null;
    const base = this.#reading?.base ?? natural.base;
    if (Number.parseInt(row.offset, base) + natural.bytes.length === Number.parseInt(next, base)) return null;
    const end = (Number.parseInt(row.offset, base) + natural.bytes.length)
      .toString(base)
      .padStart(row.offset.length, "0");
    throw new InputError(
      `the offset jumps to ${next}: the row before ends at ${end}`,
      place,
      "paste the dump without gaps, or the bytes without offsets (--from hex)",
    );
  }

  #repeatRow(bytes: Uint8Array, row: DumpRow, next: { row: DumpRow; place: Place }): void {
    const base = this.#reading?.base ?? 16;
    const span = Number.parseInt(next.row.offset, base) - Number.parseInt(row.offset, base);
    if (span <= 0 || span % bytes.length !== 0 || span > MAX_REPEAT_BYTES) {
      throw new InputError(
        `the offset ${next.row.offset} does not fit repeated rows of ${bytes.length} bytes`,
        next.place,
        "paste the dump without gaps",
      );
    }
    const rows = Math.max(1, Math.floor(REPEAT_BLOCK_BYTES / bytes.length)) * bytes.length;
    const block = Buffer.alloc(Math.min(rows, span), bytes);
    for (let done = 0; done < span; done += block.length) this.#out(block.subarray(0, span - done));
  }
}
