import type { Side } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { parseColumns, TWO_GROUP_COLUMNS } from "../hex-columns.js";
import { NO_TIMESTAMP } from "../time/timestamp.js";
import { type FollowedStream, mayStartMarker } from "./follow-stream.js";

/** An offset, and the tab or blanks before it if node 1 sent the bytes. */
const HEX_ROW = /^([\t ]*)([0-9a-fA-F]{8}) {2}(?=[0-9a-fA-F]{2})/;
const HINT = "each row needs an offset, 16 bytes and their text, with a tab or four spaces before those of node 1";
/** Offsets have 32 bits and wrap around after 4 GiB. */
const OFFSET_MODULUS = 2 ** 32;

/** Whether a line is a row of a followed stream as a hex dump. */
export function isFollowRow(text: string): boolean {
  return HEX_ROW.test(text);
}

/** The rows of `tshark -z follow,tcp,hex`, and of a stream that Wireshark saved as a hex dump. */
export class FollowHex implements LineReceiver {
  readonly #stream: FollowedStream;
  /** Whether the stream has a heading: then an offset of zero does not begin another. */
  readonly #hasHeading: boolean;
  #offsets: [number, number] = [0, 0];
  #seenSides: [boolean, boolean] = [false, false];
  /** Rows that may be the marker for missing bytes. */
  #heldBytes = new Uint8Array(0);
  #heldSide: Side = 0;

  constructor(stream: FollowedStream, headed: boolean) {
    this.#stream = stream;
    this.#hasHeading = headed;
  }

  line(line: Line): void {
    const [all, indent = "", digits = ""] = HEX_ROW.exec(line.text) ?? [];
    if (all === undefined) {
      if (line.text.trim() === "") return;
      throw buildLineError(line, 0, "this is not a row of a followed stream", HINT);
    }
    const bytes = parseColumns(line.text, all.length, TWO_GROUP_COLUMNS);
    if (typeof bytes === "number")
      throw buildLineError(line, bytes, "a column of bytes has a character that is not a hex digit", HINT);
    const side: Side = indent === "" ? 0 : 1;
    this.#checkOffset(side, Number.parseInt(digits, 16), line, indent.length);
    this.#offsets[side] += bytes.length;
    this.#seenSides[side] = true;
    this.#addBytes(side, bytes);
  }

  end(): void {
    this.#flushHeld();
  }

  /** Compares the offset of a row with the number of bytes that its side has sent. */
  #checkOffset(side: Side, offset: number, line: Line, index: number): void {
    const expected = this.#offsets[side] % OFFSET_MODULUS;
    if (offset === expected) return;
    if (offset === 0 && this.#seenSides[side] && !this.#hasHeading) {
      this.#flushHeld();
      this.#stream.beginConnection(null);
      this.#offsets = [0, 0];
      this.#seenSides = [false, false];
      return;
    }
    if (offset < expected) {
      const message = `the offset goes back to ${offset.toString(16)} after ${expected.toString(16)}`;
      throw buildLineError(line, index, message, "paste the rows in their original order");
    }
    // Only some chunks were printed, or rows are missing.
    this.#flushHeld();
    this.#stream.addGap(side, offset - expected, NO_TIMESTAMP);
    this.#offsets[side] += offset - expected;
  }

  #addBytes(side: Side, bytes: Uint8Array): void {
    if (this.#heldBytes.length > 0 && side !== this.#heldSide) this.#flushHeld();
    const joined = this.#heldBytes.length === 0 ? bytes : Uint8Array.from([...this.#heldBytes, ...bytes]);
    // A short row is the last of its chunk.
    if (bytes.length === TWO_GROUP_COLUMNS.maxBytes && mayStartMarker(joined)) {
      this.#heldBytes = joined.slice();
      this.#heldSide = side;
      return;
    }
    this.#heldBytes = new Uint8Array(0);
    this.#stream.addChunk(side, joined, NO_TIMESTAMP);
  }

  #flushHeld(): void {
    const held = this.#heldBytes;
    this.#heldBytes = new Uint8Array(0);
    this.#stream.addChunk(this.#heldSide, held, NO_TIMESTAMP);
  }
}
