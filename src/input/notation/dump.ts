import { InputError, type Place } from "../input-error.js";
import { type Line, LineReader, type LineReceiver } from "../line-reader.js";
import {
  type DumpForm,
  FormSearch,
  findRepeatedForm,
  findRowForm,
  fitsAnyForm,
  readRepeatedRow,
  readRow,
} from "./dump-form.js";
import { type DumpRow, MAX_ROW_CHARACTERS, parseDumpRow } from "./dump-row.js";
import { findStyles, parseOctalBytes } from "./dump-style.js";
import type { Fit, FrameCheck, Notation, Sample } from "./notation.js";

/** Dumps: an offset, bytes in some form, optionally a text column. */
export const dump: Notation = {
  name: "dump",
  reads: "dumps of xxd, hexdump, od, Go's hex.Dump, gdb x/, ncat -x, tshark -x",
  probe,
  open: (out, isFrames) => new LineReader(new DumpReader(out, isFrames), MAX_LINE_BYTES),
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
  const follows = next !== null && fitsAnyForm(row, next);
  return follows || (row.isUnmistakable && findStyles(row).some((style) => (style(row, null, true) ?? []).length > 0))
    ? { fit: "sure", why: "offsets that grow by the length of each row" }
    : null;
}

/** Whether a line repeats a row in another form without an offset, as od prints several formats. */
function isOtherForm(line: string, row: DumpRow): boolean {
  const indent = row.offset.length;
  if (line.slice(0, indent).trim() !== "") return false;
  const repeated = { ...row, data: line.slice(indent), text: null };
  return findStyles(repeated).some((style) => style(repeated, null, true) !== null);
}

interface PlacedRow {
  readonly row: DumpRow;
  readonly place: Place;
}

interface PendingRow extends PlacedRow {
  isRepeated: boolean;
}

/** Reads a dump row by row: the length of a row is certain when the next offset is known. */
class DumpReader implements LineReceiver {
  readonly #out: (bytes: Uint8Array) => void;
  readonly #looksLikeFrames: FrameCheck;
  #pendingRow: PendingRow | null = null;
  #form: DumpForm | null = null;
  /** Holds rows until their form is clear; `null` if none are held. */
  #search: FormSearch | null = null;

  constructor(out: (bytes: Uint8Array) => void, isFrames: FrameCheck) {
    this.#out = out;
    this.#looksLikeFrames = isFrames;
  }

  end(): void {
    if (this.#pendingRow !== null) this.#finishRow(this.#pendingRow, null);
    this.#decideForm();
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
      this.#decideForm();
      this.#out(Uint8Array.from(octal));
      return;
    }
    if (row === null) throw new InputError("this is not a row of a dump", place, HINT);
    const restarts = /^0+$/.test(row.offset) && row.data.trim() !== "";
    if (this.#pendingRow !== null) this.#finishRow(this.#pendingRow, restarts ? null : { row, place });
    if (restarts) {
      this.#decideForm();
      this.#form = null;
    }
    this.#pendingRow = row.data.trim() === "" ? null : { row, place, isRepeated: false };
  }

  /** Outputs or holds the bytes of a row. `next` is the following row; `null` after the last one. */
  #finishRow({ row, place, isRepeated }: PendingRow, next: PlacedRow | null): void {
    this.#pendingRow = null;
    if (isRepeated) {
      if (next !== null) this.#search?.keepRepeatable(row, next.row);
      this.#decideForm();
      this.#repeatRow({ row, place }, next);
      return;
    }
    const after = next?.row ?? null;
    if (this.#form === null) {
      this.#search ??= new FormSearch(this.#looksLikeFrames);
      const isHeld = this.#search.add(row, after);
      if (!isHeld || this.#search.isClear || after === null) this.#decideForm();
      if (isHeld) return;
    }
    const bytes = this.#form === null ? null : readRow(this.#form, row, after);
    if (bytes === null) throw this.#buildRowError({ row, place }, next);
    this.#out(Uint8Array.from(bytes));
  }

  /** Chooses the form of the held rows, and outputs their bytes. */
  #decideForm(): void {
    const chosen = this.#search?.choose() ?? null;
    this.#search = null;
    if (chosen === null) return;
    this.#form = chosen;
    for (const bytes of chosen.rows) this.#out(Uint8Array.from(bytes));
  }

  /** The fault of a row that cannot be read: its own, or the next offset's, if that does not follow it. */
  #buildRowError({ row, place }: PlacedRow, next: PlacedRow | null): InputError {
    const natural = next === null ? null : findRowForm(row, this.#looksLikeFrames);
    if (natural !== null && next !== null) {
      const base = this.#form?.base ?? natural.base;
      const end = Number.parseInt(row.offset, base) + natural.bytes.length;
      if (end !== Number.parseInt(next.row.offset, base))
        return new InputError(
          `the offset jumps to ${next.row.offset}: the row before ends at ${end.toString(base).padStart(row.offset.length, "0")}`,
          next.place,
          "paste the dump without gaps, or the bytes without offsets (--from hex)",
        );
    }
    return new InputError("the bytes of this row are in an unknown form", place, HINT);
  }

  /** Outputs a row as often as the next offset says. */
  #repeatRow({ row, place }: PlacedRow, next: PlacedRow | null): void {
    if (next === null)
      throw new InputError(
        "a * row has no offset after it, so its length is unknown",
        place,
        "paste the dump to its last line",
      );
    const form = this.#form ?? findRepeatedForm(row, next.row, this.#looksLikeFrames);
    const bytes = form === null ? null : readRepeatedRow(form, row);
    if (form === null || bytes === null) throw this.#buildRowError({ row, place }, null);
    this.#form = form;
    const span = Number.parseInt(next.row.offset, form.base) - Number.parseInt(row.offset, form.base);
    if (span <= 0 || span % bytes.length !== 0 || span > MAX_REPEAT_BYTES) {
      throw new InputError(
        `the offset ${next.row.offset} does not fit repeated rows of ${bytes.length} bytes`,
        next.place,
        "paste the dump without gaps",
      );
    }
    const rows = Math.max(1, Math.floor(REPEAT_BLOCK_BYTES / bytes.length)) * bytes.length;
    const block = Buffer.alloc(Math.min(rows, span), Uint8Array.from(bytes));
    for (let done = 0; done < span; done += block.length) this.#out(block.subarray(0, span - done));
  }
}
