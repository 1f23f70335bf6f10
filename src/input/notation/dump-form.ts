import { type DumpRow, guessOffsetBases } from "./dump-row.js";
import { type DumpStyle, findStyles, matchesTextColumn } from "./dump-style.js";
import type { FrameCheck } from "./notation.js";

/** The form of a dump: the number base of its offsets and the style of its bytes. */
export interface DumpForm {
  readonly base: number;
  readonly style: DumpStyle;
}

/** A possible form, and the bytes of the rows that were read with it. */
export interface FormCandidate extends DumpForm {
  readonly rows: readonly (readonly number[])[];
}

/** The maximum length of a row, in bytes. */
const MAX_ROW_BYTES = 4096;
/** The length of a repeated row, in bytes. */
const REPEATED_ROW_BYTES = 16;
/** The maximum number of rows to hold until the form is clear. */
const MAX_UNDECIDED_ROWS = 16;

/** Finds the form of a dump from its first rows: the bytes of one row often fit several. */
export class FormSearch {
  readonly #isFrames: FrameCheck;
  #first: DumpRow | null = null;
  #candidates: readonly FormCandidate[] = [];

  /** @param isFrames prefers forms that give frames */
  constructor(isFrames: FrameCheck) {
    this.#isFrames = isFrames;
  }

  /** Adds a row, given the row after it. Returns false, and ignores the row, if no form fits it and the rows before it. */
  add(row: DumpRow, next: DumpRow | null): boolean {
    const candidates =
      this.#first === null
        ? findForms(row, next)
        : this.#candidates.flatMap((candidate) => {
            const bytes = readRow(candidate, row, next);
            return bytes === null ? [] : [{ ...candidate, rows: [...candidate.rows, bytes] }];
          });
    if (candidates.length === 0) return false;
    this.#first ??= row;
    this.#candidates = candidates;
    return true;
  }

  /** Keeps the forms whose rows, repeated, can fill the bytes from a row to the next, if there are any. */
  keepRepeatable(row: DumpRow, next: DumpRow): void {
    const fitting = this.#candidates.filter(({ base, rows: [bytes = []] }) => {
      const span = Number.parseInt(next.offset, base) - Number.parseInt(row.offset, base);
      return span > 0 && span % bytes.length === 0;
    });
    if (fitting.length > 0) this.#candidates = fitting;
  }

  /** Whether more rows would not change the choice. */
  get isClear(): boolean {
    const [candidate, ...others] = this.#candidates;
    const rows = candidate?.rows.length ?? 0;
    const isBaseClear = others.every(({ base }) => base === candidate?.base);
    return others.length === 0 || rows >= MAX_UNDECIDED_ROWS || (isBaseClear && this.#agreesByText);
  }

  get #agreesByText(): boolean {
    const first = this.#first;
    const isPrintable = (byte: number): boolean => byte > 0x20 && byte < 0x7f;
    return (
      first !== null &&
      this.#candidates.some(
        ({ rows: [bytes = []] }) => bytes.some(isPrintable) && matchesTextColumn(first, bytes) === true,
      )
    );
  }

  /** The best form so far: one that matches the text column, or whose bytes are frames, else the most likely one. */
  choose(): FormCandidate | null {
    const first = this.#first;
    if (first === null) return null;
    const startOf = ({ rows: [bytes = []] }: FormCandidate): readonly number[] => bytes;
    // The longest: a few dots at the end of a text column also match fewer bytes.
    const [agreeing] = this.#candidates
      .filter((candidate) => matchesTextColumn(first, startOf(candidate)) === true)
      .sort((one, other) => startOf(other).length - startOf(one).length);
    const findFramed = (cut: boolean): FormCandidate | undefined =>
      this.#candidates.find(({ rows }) => this.#isFrames(Uint8Array.from(rows.flat()), cut));
    return agreeing ?? findFramed(false) ?? findFramed(true) ?? this.#candidates[0] ?? null;
  }
}

/** The form of one row, and its bytes; `null` if none fits. */
export function findRowForm(
  row: DumpRow,
  isFrames: FrameCheck,
): (DumpForm & { readonly bytes: readonly number[] }) | null {
  const search = new FormSearch(isFrames);
  search.add(row, null);
  const form = search.choose();
  return form === null ? null : { ...form, bytes: form.rows[0] ?? [] };
}

/** The form and the bytes of a row that is repeated, whose length no offset gives. */
export function findRepeatedForm(
  row: DumpRow,
  next: DumpRow,
  isFrames: FrameCheck,
): (DumpForm & { readonly bytes: readonly number[] }) | null {
  const search = new FormSearch(isFrames);
  search.add(row, null);
  search.keepRepeatable(row, next);
  const form = search.choose();
  if (form !== null) return { ...form, bytes: form.rows[0] ?? [] };
  for (const base of guessOffsetBases(row.offset, next.offset))
    for (const style of findStyles(row)) {
      const bytes = readRepeatedRow({ base, style }, row);
      if (bytes !== null) return { base, style, bytes };
    }
  return null;
}

/** The bytes of a repeated row. For forms whose length is not clear from the row, it is the one of all tools that repeat rows. */
export function readRepeatedRow({ style }: DumpForm, row: DumpRow): number[] | null {
  return style(row, null, true) ?? style(row, REPEATED_ROW_BYTES, false);
}

/** Whether a row has as many bytes, in any form, as the offset of the next row implies. */
export function fitsAnyForm(row: DumpRow, next: DumpRow): boolean {
  return findForms(row, next).length > 0;
}

/** The bytes of a row in a form; `null` if it has others, or not as many as the next offset implies. */
export function readRow({ base, style }: DumpForm, row: DumpRow, next: DumpRow | null): number[] | null {
  if (next === null) return style(row, null, true);
  const length = Number.parseInt(next.offset, base) - Number.parseInt(row.offset, base);
  const bytes = length > 0 && length <= MAX_ROW_BYTES ? style(row, length, isLastRow(next)) : null;
  return bytes !== null && bytes.length === length ? bytes : null;
}

/** The forms in which a row has as many bytes as the next offset implies, most likely first. */
function findForms(row: DumpRow, next: DumpRow | null): FormCandidate[] {
  return guessOffsetBases(row.offset, next?.offset ?? "").flatMap((base) =>
    findStyles(row).flatMap((style) => {
      const bytes = readRow({ base, style }, row, next);
      return bytes === null || bytes.length === 0 ? [] : [{ base, style, rows: [bytes] }];
    }),
  );
}

/** Whether the next row has no bytes. */
function isLastRow(next: DumpRow): boolean {
  return next.data.trim() === "";
}
