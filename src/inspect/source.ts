/** Where bytes come from. */
export interface Source {
  /** For error lines: the file's name, or `null` where only one place is possible. */
  readonly name: string | null;
  /** Whether all of it is read before any of it is decoded, so that nothing is printed when it has a fault. */
  readonly isReadWhole: boolean;
  chunks(): AsyncIterable<Uint8Array>;
}
