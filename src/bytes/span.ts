/** A run of bytes in a byte stream. Both numbers count bytes; `offset` is from the stream's first byte. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}
