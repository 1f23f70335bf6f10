/** Bytes of the stream that are missing in the input. */
export interface Gap {
  /** Of the first byte that is missing, in the byte stream. */
  readonly offset: number;
  readonly length: number;
}

/** How reading went on after a gap. */
export interface Resumption {
  /** Bytes after the gap that were skipped, since they belong to no frame whose beginning is known. */
  readonly skippedBytes: number;
  /** Whether a header before the gap shows where the next frame begins; else the shape of the bytes does. */
  readonly isBoundaryKnown: boolean;
}
