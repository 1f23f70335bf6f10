import { ByteBuilder } from "../bytes/byte-builder.js";
import { type HttpHead, parseHead } from "../protocol/handshake/http-head.js";
import { HeadEndFinder, MAX_HEAD_BYTES } from "../protocol/handshake/http-syntax.js";

/** The result so far: a head and the bytes after it, "too long" past {@link MAX_HEAD_BYTES}, or `null` while more are needed. */
export type HeadReadResult = { readonly head: HttpHead; readonly rest: Uint8Array } | "too long" | null;

/** Reads the HTTP head at the start of a connection (RFC 6455 §4). */
export class HeadReader {
  readonly #bytes = new ByteBuilder(MAX_HEAD_BYTES);
  readonly #end = new HeadEndFinder();
  #length = 0;

  push(bytes: Uint8Array): HeadReadResult {
    const end = this.#end.find(bytes);
    const length = end < 0 ? bytes.length : end;
    this.#length += length;
    if (this.#length > MAX_HEAD_BYTES) {
      // Releases the buffered bytes, which are no longer needed.
      this.#bytes.take();
      return "too long";
    }
    this.#bytes.append(bytes, 0, length);
    if (end < 0) return null;
    this.#length = 0;
    return { head: parseHead(this.#bytes.take(), 0), rest: bytes.subarray(end) };
  }
}
