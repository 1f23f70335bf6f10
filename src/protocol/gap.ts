/** Bytes of the stream that are missing in the input. */
export interface Gap {
  /** Of the first byte that is missing, in the byte stream. */
  readonly offset: number;
  readonly length: number;
}

/** How reading went on behind a gap. */
export interface Resumption {
  /** Bytes behind the gap that were left out, since they belong to no frame whose beginning is known. */
  readonly skippedBytes: number;
  /** Whether the header before the gap said where the frame begins; else it was told from the shape of the bytes. */
  readonly isBoundaryKnown: boolean;
}
