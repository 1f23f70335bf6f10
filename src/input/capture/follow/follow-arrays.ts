import { ByteBuilder } from "../../../bytes/byte-builder.js";
import type { Side } from "../../../protocol/traffic.js";
import { faultOn, type Line, type LineTaker } from "../../line-reader.js";
import { momentOf } from "../moments.js";
import type { FollowedStream } from "./follow-stream.js";

const OPENING = /^(?:[a-z ]{1,40} )?char peer([01])_(\d{1,10})\[\] = \{(?: \/\* Packet (\d{1,10}) \*\/)?/;
const BYTE = /\s*0x([0-9a-fA-F]{2})\s*(?:,|(?=\})|$)/y;
const CLOSING = /^\s*\}\s*(?:;\s*)?$/;
/** No chunk of a stream is larger. */
const LARGEST = 64 * 1024 * 1024;
const HINT = "a chunk is written as char peer0_0[] = { 0x81, 0x05, … };";

/** Whether a line begins a chunk as a C array. */
export function isArrayOpening(text: string): boolean {
  return OPENING.test(text);
}

interface Chunk {
  readonly side: Side;
  readonly packet: number | null;
  readonly bytes: ByteBuilder;
}

/** A stream that Wireshark saved as C arrays: one for each chunk, named after its side. */
export class FollowArrays implements LineTaker {
  readonly #stream: FollowedStream;
  #open: Chunk | null = null;
  #seen: [boolean, boolean] = [false, false];

  constructor(stream: FollowedStream) {
    this.#stream = stream;
  }

  line(line: Line): void {
    let at = 0;
    if (this.#open === null) {
      if (line.text.trim() === "") return;
      const opening = OPENING.exec(line.text);
      if (opening === null) throw faultOn(line, 0, "this is no array of a followed stream", HINT);
      this.#open = this.#begin(opening);
      at = opening[0].length;
    }
    this.#bytes(line, at, this.#open);
  }

  end(): void {
    if (this.#open !== null) this.#finish(this.#open);
  }

  /** A side's first array, when it had one before, begins another stream. */
  #begin([, peer, index, packet]: RegExpExecArray): Chunk {
    const side: Side = peer === "1" ? 1 : 0;
    if (Number(index) === 0 && this.#seen[side]) {
      this.#stream.begin(null);
      this.#seen = [false, false];
    }
    this.#seen[side] = true;
    return { side, packet: packet === undefined ? null : Number(packet), bytes: new ByteBuilder(LARGEST) };
  }

  #bytes(line: Line, from: number, chunk: Chunk): void {
    for (let at = from; at < line.text.length; at = BYTE.lastIndex) {
      BYTE.lastIndex = at;
      const [, digits] = BYTE.exec(line.text) ?? [];
      if (digits === undefined) {
        const rest = line.text.slice(at);
        const closed = CLOSING.test(rest);
        if (closed) this.#finish(chunk);
        if (closed || rest.trim() === "") return;
        throw faultOn(line, at, "this is no byte of the array", HINT);
      }
      chunk.bytes.push(Number.parseInt(digits, 16));
      if (chunk.bytes.omitted > 0) throw faultOn(line, at, "an array of more than 64 MiB", HINT);
    }
  }

  #finish({ side, packet, bytes }: Chunk): void {
    this.#open = null;
    this.#stream.chunk(side, bytes.take(), momentOf(null, packet));
  }
}
