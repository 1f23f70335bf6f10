import { quote } from "../../../bytes/safe-text.js";
import type { Side } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { NO_TIMESTAMP } from "../time/timestamp.js";
import type { FollowedStream } from "./follow-stream.js";

const NOT_HEX = /[^0-9a-fA-F]/;

/** The lines of `tshark -z follow,tcp,raw`: one chunk in hex per line, with a tab before those of node 1. */
export class FollowRaw implements LineReceiver {
  readonly #stream: FollowedStream;

  constructor(stream: FollowedStream) {
    this.#stream = stream;
  }

  line(line: Line): void {
    const { text } = line;
    const digits = text.trim();
    const start = text.indexOf(digits);
    const side: Side = start > 0 ? 1 : 0;
    const bad = digits.search(NOT_HEX);
    const hint = "each line needs the hex digits of a chunk, with a tab before those of node 1";
    if (bad >= 0) {
      throw buildLineError(line, start + bad, `${quote(digits[bad] ?? "")} is not a hex digit`, hint);
    }
    if (digits.length % 2 === 1) {
      throw buildLineError(
        line,
        text.length,
        `an odd number of hex digits (${digits.length}): the line is truncated`,
        hint,
      );
    }
    this.#stream.addChunk(side, Buffer.from(digits, "hex"), NO_TIMESTAMP);
  }

  end(): void {}
}
