/** The start of an input, for finding out what it is. */
export interface Sample {
  readonly bytes: Uint8Array;
  /** The bytes as text; `null` when they are no text (not UTF-8, or with control characters). */
  readonly text: string | null;
  /** Whether the sample is the whole input. */
  readonly isWhole: boolean;
}

/** How well a notation fits a sample. */
export interface Fit {
  /**
   * `sure`: nothing else looks like this. `natural`: most likely meant so. `fits`: can be read so. `broken`: most likely
   * meant so, with a fault that reading it will name.
   */
  readonly fit: "sure" | "natural" | "fits" | "broken";
  /** What speaks for it, as a noun phrase. */
  readonly why: string;
}

/** Turns the bytes of an input into the bytes that it stands for, in pieces. Throws `InputError` at a fault. */
export interface NotationReader {
  push(input: Uint8Array): void;
  end(): void;
}

/** Whether bytes are whole frames, one after the other; when `cut`, the last one may be incomplete. */
export type FrameCheck = (bytes: Uint8Array, cut: boolean) => boolean;

/** A way to write bytes: one file each, and one line in `notations.ts`. */
export interface Notation {
  /** What `--from` calls it. */
  readonly name: string;
  /** What it reads, in a phrase. */
  readonly reads: string;
  /** How well it fits a sample, `null` for not at all. */
  probe(sample: Sample): Fit | null;
  /**
   * @param out takes the next bytes; they are valid only during the call
   * @param walk tells readings apart that the text alone does not
   */
  open(out: (bytes: Uint8Array) => void, walk: FrameCheck): NotationReader;
}
