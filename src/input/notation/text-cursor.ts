import { formatHexByte } from "../../bytes/hex.js";
import { quote } from "../../bytes/safe-text.js";
import { countCharacters, formatExcerpt, type Place } from "../input-error.js";

const MAX_TAIL_CHARACTERS = 256;
const NEWLINE = 0x0a;

/** Tracks the position of a reader in a streamed text, so that a fault has a place without the whole text in memory. */
export class TextCursor {
  /** The length of all earlier chunks, in bytes. */
  #bytesBefore = 0;
  #lineNumber = 1;
  /** Characters of the current line in earlier chunks. */
  #column = 0;
  /** The end of the current line's text in earlier chunks. */
  #tail = "";

  /** Moves past a chunk. */
  advance(chunk: Uint8Array): void {
    this.#bytesBefore += chunk.length;
    const newline = chunk.lastIndexOf(NEWLINE);
    const rest = Buffer.from(chunk.subarray(newline + 1)).toString("utf8");
    if (newline >= 0) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) this.#lineNumber++;
      this.#column = 0;
      this.#tail = "";
    }
    this.#column += countCharacters(rest);
    this.#tail = (this.#tail + rest).slice(-MAX_TAIL_CHARACTERS);
  }

  /** The place of the byte at `index` of the current chunk; the chunk's length for the end of the input. */
  findPlace(chunk: Uint8Array, index: number): Place {
    let lines = this.#lineNumber;
    for (let at = chunk.indexOf(NEWLINE); at >= 0 && at < index; at = chunk.indexOf(NEWLINE, at + 1)) lines++;
    const lineStart = index === 0 ? 0 : chunk.lastIndexOf(NEWLINE, index - 1) + 1;
    const first = lines === this.#lineNumber;
    const before = (first ? this.#tail : "") + Buffer.from(chunk.subarray(lineStart, index)).toString("utf8");
    const newline = chunk.indexOf(NEWLINE, index);
    const lineEnd = newline < 0 ? chunk.length : newline;
    const after = Buffer.from(chunk.subarray(index, Math.min(lineEnd, index + MAX_TAIL_CHARACTERS))).toString("utf8");
    const column = (first ? this.#column - countCharacters(this.#tail) : 0) + countCharacters(before) + 1;
    return {
      offset: this.#bytesBefore + index,
      line: lines,
      column,
      excerpt: formatExcerpt(before + after, before.length),
    };
  }
}

/** The character at an index of a chunk, quoted for a message; its byte if the chunk has no whole character there. */
export function formatCharacterAt(chunk: Uint8Array, index: number): string {
  const [character = ""] = Buffer.from(chunk.subarray(index, index + 4)).toString("utf8");
  return character === "\ufffd" ? `byte 0x${formatHexByte(chunk[index] as number)}` : quote(character);
}
