import { ByteBuilder } from "../../../bytes/byte-builder.js";
import type { Side } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { buildTimestamp } from "../time/timestamp.js";
import type { FollowedStream } from "./follow-stream.js";

const ARRAY_OPENING = /^(?:[a-z ]{1,40} )?char peer([01])_(\d{1,10})\[\] = \{(?: \/\* Packet (\d{1,10}) \*\/)?/;
const ARRAY_BYTE = /\s*0x([0-9a-fA-F]{2})\s*(?:,|(?=\})|$)/y;
const ARRAY_CLOSING = /^\s*\}\s*(?:;\s*)?$/;
/** The largest chunk of a stream, in bytes. */
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;
const HINT = "a chunk looks like char peer0_0[] = { 0x81, 0x05, … };";

/** Whether a line starts a chunk in the form of a C array. */
export function isArrayOpening(text: string): boolean {
  return ARRAY_OPENING.test(text);
}

interface ArrayChunk {
  readonly side: Side;
  readonly packet: number | null;
  readonly bytes: ByteBuilder;
}

/** A stream that Wireshark saved as C arrays: one for each chunk, named after its side. */
export class FollowArrays implements LineReceiver {
  readonly #stream: FollowedStream;
  #openChunk: ArrayChunk | null = null;
  #seenSides: [boolean, boolean] = [false, false];

  constructor(stream: FollowedStream) {
    this.#stream = stream;
  }

  line(line: Line): void {
    let at = 0;
    if (this.#openChunk === null) {
      if (line.text.trim() === "") return;
      const opening = ARRAY_OPENING.exec(line.text);
      if (opening === null) throw buildLineError(line, 0, "this is not an array of a followed stream", HINT);
      this.#openChunk = this.#beginChunk(opening);
      at = opening[0].length;
    }
    this.#readBytes(line, at, this.#openChunk);
  }

  end(): void {
    if (this.#openChunk !== null) this.#finishChunk(this.#openChunk);
  }

  /** A second first array of a side starts another stream. */
  #beginChunk([, peer, index, packet]: RegExpExecArray): ArrayChunk {
    const side: Side = peer === "1" ? 1 : 0;
    if (Number(index) === 0 && this.#seenSides[side]) {
      this.#stream.beginConnection(null);
      this.#seenSides = [false, false];
    }
    this.#seenSides[side] = true;
    return { side, packet: packet === undefined ? null : Number(packet), bytes: new ByteBuilder(MAX_CHUNK_BYTES) };
  }

  #readBytes(line: Line, from: number, chunk: ArrayChunk): void {
    for (let at = from; at < line.text.length; at = ARRAY_BYTE.lastIndex) {
      ARRAY_BYTE.lastIndex = at;
      const [, digits] = ARRAY_BYTE.exec(line.text) ?? [];
      if (digits === undefined) {
        const rest = line.text.slice(at);
        const closed = ARRAY_CLOSING.test(rest);
        if (closed) this.#finishChunk(chunk);
        if (closed || rest.trim() === "") return;
        throw buildLineError(line, at, "this is not a byte of the array", HINT);
      }
      chunk.bytes.push(Number.parseInt(digits, 16));
      if (chunk.bytes.omitted > 0) throw buildLineError(line, at, "an array is longer than 64 MiB", HINT);
    }
  }

  #finishChunk({ side, packet, bytes }: ArrayChunk): void {
    this.#openChunk = null;
    this.#stream.addChunk(side, bytes.take(), buildTimestamp(null, packet));
  }
}
