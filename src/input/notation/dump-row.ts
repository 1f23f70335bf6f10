/** A row of a dump, taken apart. */
export interface DumpRow {
  /** The digits of the offset, as they stand. */
  readonly offset: string;
  /** What follows the offset, a text column that nothing fences off included; empty in the row that only ends a dump. */
  readonly data: string;
  /** The text column where it is fenced off by bars or angles; `null` where it is not. */
  readonly text: string | null;
  /** Whether a colon follows the offset, as xxd and gdb have it. */
  readonly colon: boolean;
  /** Whether it could hardly be anything but a row of a dump. */
  readonly telling: boolean;
  /** Whether 0x stands before the offset: an address, as gdb has it. */
  readonly prefixed: boolean;
}

/** No tool writes rows that are longer, and a pattern may take long on them. */
const LONGEST = 4096;
const ROW = /^\s*(0x)?([0-9a-fA-F]{4,16})(?:\s<[^>]*>)?(:?)(?=\s|$)(.*)$/;
const FENCED = /^(.*?\s)(?:\|(.*)\||>(.*)<)$/;

/** Takes a line apart, `null` when it is no row of a dump. */
export function parseRow(line: string): DumpRow | null {
  const match = line.length > LONGEST ? null : ROW.exec(line);
  if (match === null) return null;
  const [, prefix, offset = "", colon = "", rest = ""] = match;
  const fenced = FENCED.exec(rest.trimEnd());
  const text = fenced?.[2] ?? fenced?.[3] ?? null;
  const apart = /^ {2,}\S/.test(rest) || /^0{6,}$/.test(offset);
  return {
    offset,
    data: fenced?.[1] ?? rest,
    text,
    colon: colon === ":",
    prefixed: prefix !== undefined,
    telling: colon === ":" || text !== null || apart || prefix !== undefined,
  };
}

/** The number systems that an offset may be in, the likelier first: od counts in octal, with seven digits. */
export function offsetBases(offset: string, next: string): readonly number[] {
  const decimal = /^\d+$/.test(offset + next);
  if (offset.length !== 7) return decimal ? [16, 10] : [16];
  return /^[0-7]+$/.test(offset + next) ? [8, 16, 10] : decimal ? [16, 10] : [16];
}
