/**
 * Converts a text with a byte order mark, as Windows programs write it, to UTF-8; other input stays unchanged. No
 * credible frame starts like a mark: ff fe and fe ff would be reserved opcodes with all RSV bits.
 */
export class ByteOrderMarkDecoder {
  #decoder: InstanceType<typeof TextDecoder> | null = null;
  #hasBegun = false;

  /** The next bytes of the input, in UTF-8 if they are text. The first ones must hold the whole mark. */
  decode(bytes: Uint8Array): Uint8Array {
    if (this.#decoder !== null) return Buffer.from(this.#decoder.decode(bytes, { stream: true }));
    if (this.#hasBegun || bytes.length === 0) return bytes;
    this.#hasBegun = true;
    const [first, second, third] = bytes;
    if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.subarray(3);
    const encoding =
      first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : null;
    if (encoding === null) return bytes;
    this.#decoder = new TextDecoder(encoding);
    return this.decode(bytes);
  }
}
