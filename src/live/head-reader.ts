import { ByteBuilder } from "../bytes/byte-builder.js";
import { type HttpHead, parseHead } from "../protocol/handshake/http-head.js";

/** A head is no longer than this, in bytes. */
const LONGEST = 64 * 1024;
const LF = 0x0a;

/** What became of the bytes so far: a head and what follows it, too many bytes, or not all of it yet (`null`). */
export type ReadHead = { readonly head: HttpHead; readonly rest: Uint8Array } | "too long" | null;

/** Reads the HTTP head that a connection begins with (RFC 6455 §4). */
export class HeadReader {
  readonly #bytes = new ByteBuilder(LONGEST);
  #length = 0;
  /** Line feeds that end empty lines are looked for from here on: how long the line is that is being read. */
  #inLine = 0;

  push(bytes: Uint8Array): ReadHead {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte !== LF) {
        // A carriage return alone leaves a line empty.
        if (byte !== 0x0d) this.#inLine++;
        continue;
      }
      if (this.#inLine === 0 && this.#length + at > 1) {
        if (this.#length + at >= LONGEST) return this.#tooLong();
        this.#length = 0;
        this.#bytes.append(bytes, 0, at + 1);
        return { head: parseHead(this.#bytes.take(), 0), rest: bytes.subarray(at + 1) };
      }
      this.#inLine = 0;
    }
    this.#length += bytes.length;
    if (this.#length > LONGEST) return this.#tooLong();
    this.#bytes.append(bytes, 0, bytes.length);
    return null;
  }

  /** What was kept is needed no more. */
  #tooLong(): "too long" {
    this.#bytes.take();
    return "too long";
  }
}
