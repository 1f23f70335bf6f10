/** The start of an input, for the detection of its notation. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** The bytes as text; `null` if they are not text (not UTF-8, or with control characters). */
  readonly text: string | null;
  /** Whether the sample is the whole input. */
  readonly isWhole: boolean;
}

/** How well a notation fits a sample. */
export interface Fit {
  /**
   * `sure`: nothing else looks like this. `natural`: most likely this notation. `fits`: possible. `broken`: most likely
   * this notation with a fault, which its reader reports.
   */
  readonly fit: "sure" | "natural" | "fits" | "broken";
  /** Why it fits, as a noun phrase. */
  readonly why: string;
}

/** Decodes an input chunk by chunk. Throws `InputError` at a fault. */
export interface NotationReader {
  push(input: Uint8Array): void;
  end(): void;
}

/** Whether bytes are consecutive whole frames; with `cut`, the last one may be incomplete. */
export type FrameCheck = (bytes: Uint8Array, cut: boolean) => boolean;

/** A way to write bytes: one file each, and one line in `notations.ts`. */
export interface Notation {
  /** Its name for `--from`. */
  readonly name: string;
  /** What it reads, as a short phrase for the help text. */
  readonly reads: string;
  /** How well it fits a sample; `null` if it does not fit. */
  probe(sample: Sample): Fit | null;
  /**
   * @param out takes the next bytes; they are valid only during the call
   * @param isFrames distinguishes readings that fit the text equally well
   */
  open(out: (bytes: Uint8Array) => void, isFrames: FrameCheck): NotationReader;
}
