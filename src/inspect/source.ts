/** A source of bytes. */
export interface Source {
  /** The file's name for error lines, or `null` if there is only one possible source. */
  readonly name: string | null;
  /** Whether to read the whole source before decoding, so that nothing is printed if it has a fault. */
  readonly isReadWhole: boolean;
  chunks(): AsyncIterable<Uint8Array>;
}
