import { ByteBuilder } from "../bytes/byte-builder.js";
import { type HttpHead, parseHead } from "../protocol/handshake/http-head.js";

/** A head is no longer than this, in bytes. */
const MAX_HEAD_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** What became of the bytes so far: a head and what follows it, too many bytes, or not all of it yet (`null`). */
export type HeadReadResult = { readonly head: HttpHead; readonly rest: Uint8Array } | "too long" | null;

/** Reads the HTTP head that a connection begins with (RFC 6455 §4). */
export class HeadReader {
  readonly #bytes = new ByteBuilder(MAX_HEAD_BYTES);
  #length = 0;
  /** Line feeds that end empty lines are looked for from here on: how long the line is that is being read. */
  #lineLength = 0;

  push(bytes: Uint8Array): HeadReadResult {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte !== LINE_FEED) {
        // A carriage return alone leaves a line empty.
        if (byte !== 0x0d) this.#lineLength++;
        continue;
      }
      if (this.#lineLength === 0 && this.#length + at > 1) {
        if (this.#length + at >= MAX_HEAD_BYTES) return this.#discardTooLong();
        this.#length = 0;
        this.#bytes.append(bytes, 0, at + 1);
        return { head: parseHead(this.#bytes.take(), 0), rest: bytes.subarray(at + 1) };
      }
      this.#lineLength = 0;
    }
    this.#length += bytes.length;
    if (this.#length > MAX_HEAD_BYTES) return this.#discardTooLong();
    this.#bytes.append(bytes, 0, bytes.length);
    return null;
  }

  /** What was kept is needed no more. */
  #discardTooLong(): "too long" {
    this.#bytes.take();
    return "too long";
  }
}
