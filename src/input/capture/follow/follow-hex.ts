import type { Side } from "../../../protocol/traffic.js";
import { faultOn, type Line, type LineTaker } from "../../line-reader.js";
import { readColumns, TWO_GROUPS } from "../hex-columns.js";
import { NO_MOMENT } from "../moments.js";
import { beginsMarker, type FollowedStream } from "./follow-stream.js";

/** An offset, and whether something is before it: a tab, or blanks, where node 1 sent the bytes. */
const ROW = /^([\t ]*)([0-9a-fA-F]{8}) {2}(?=[0-9a-fA-F]{2})/;
const HINT = "each row has an offset, 16 bytes and their text, with a tab or four blanks before those of node 1";
/** Offsets have 32 bits, and begin anew after 4 GiB. */
const WRAP = 2 ** 32;

/** Whether a line is a row of a followed stream as a hex dump. */
export function isFollowRow(text: string): boolean {
  return ROW.test(text);
}

/** The rows of `tshark -z follow,tcp,hex`, and of a stream that Wireshark saved as a hex dump. */
export class FollowHex implements LineTaker {
  readonly #stream: FollowedStream;
  /** Whether the stream has a heading: then an offset of zero does not begin another. */
  readonly #headed: boolean;
  #offsets: [number, number] = [0, 0];
  #seen: [boolean, boolean] = [false, false];
  /** Rows that may be the word that bytes are missing. */
  #held = new Uint8Array(0);
  #heldSide: Side = 0;

  constructor(stream: FollowedStream, headed: boolean) {
    this.#stream = stream;
    this.#headed = headed;
  }

  line(line: Line): void {
    const [all, indent = "", digits = ""] = ROW.exec(line.text) ?? [];
    if (all === undefined) {
      if (line.text.trim() === "") return;
      throw faultOn(line, 0, "this is no row of a followed stream", HINT);
    }
    const bytes = readColumns(line.text, all.length, TWO_GROUPS);
    if (typeof bytes === "number") throw faultOn(line, bytes, "no hex digit stands in a column of bytes", HINT);
    const side: Side = indent === "" ? 0 : 1;
    this.#seek(side, Number.parseInt(digits, 16), line, indent.length);
    this.#offsets[side] += bytes.length;
    this.#seen[side] = true;
    this.#take(side, bytes);
  }

  end(): void {
    this.#release();
  }

  /** Compares a row's offset with the bytes that its side has sent so far. */
  #seek(side: Side, offset: number, line: Line, index: number): void {
    const expected = this.#offsets[side] % WRAP;
    if (offset === expected) return;
    if (offset === 0 && this.#seen[side] && !this.#headed) {
      this.#release();
      this.#stream.begin(null);
      this.#offsets = [0, 0];
      this.#seen = [false, false];
      return;
    }
    if (offset < expected) {
      const said = `the offset goes back to ${offset.toString(16)}: this side has sent ${expected.toString(16)} bytes`;
      throw faultOn(line, index, said, "paste the rows in the order in which they were printed");
    }
    // tshark was asked for some of the chunks, or rows were left out.
    this.#release();
    this.#stream.gap(side, offset - expected, NO_MOMENT);
    this.#offsets[side] += offset - expected;
  }

  #take(side: Side, bytes: Uint8Array): void {
    if (this.#held.length > 0 && side !== this.#heldSide) this.#release();
    const joined = this.#held.length === 0 ? bytes : Uint8Array.from([...this.#held, ...bytes]);
    // A row that is not full is the last of its chunk.
    if (bytes.length === TWO_GROUPS.most && beginsMarker(joined)) {
      this.#held = joined.slice();
      this.#heldSide = side;
      return;
    }
    this.#held = new Uint8Array(0);
    this.#stream.chunk(side, joined, NO_MOMENT);
  }

  #release(): void {
    const held = this.#held;
    this.#held = new Uint8Array(0);
    this.#stream.chunk(this.#heldSide, held, NO_MOMENT);
  }
}
