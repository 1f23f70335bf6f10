import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ConnectionReceiver, Side, TrafficSink } from "../../../protocol/traffic.js";
import { parseHexPair } from "../../hex-pair.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { NO_ZONE_NOTE, type ParsedTime, parseDateTime } from "../time/parse-time.js";
import { buildTimestamp, NO_TIMESTAMP } from "../time/timestamp.js";
import type { TraceStyle } from "./trace-style.js";

const BLOCK_HEADING =
  /^([<>]) (\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.(\d{1,9}))?) {1,3}length=(\d{1,12}) from=(\d{1,15}) to=-?\d{1,15}\s{0,4}$/;
const SPACE = 0x20;
const HINT = "record with socat -x, or -x -v: its rows have a blank and two hex digits for each byte";

/** `socat -x`, with or without -v. */
export const socat: TraceStyle = {
  isTraceLine: (line) => BLOCK_HEADING.test(line),
  probe: (text) =>
    /^[<>] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? {1,3}length=\d{1,12} from=\d{1,15} to=/m.test(text)
      ? "the headings of socat -x"
      : null,
  open: (sink) => new SocatReader(sink),
};

class SocatReader implements LineReceiver {
  readonly #sink: TrafficSink;
  readonly #timeParser = new SocatTimeParser();
  #receiver: ConnectionReceiver | null = null;
  /** The number of bytes that each side has sent. */
  #sentBytes: [number, number] = [0, 0];
  #side: Side = 0;
  /** The number of bytes that the open block still lacks. */
  #remainingBytes = 0;
  #timestamp: PacketTimestamp = NO_TIMESTAMP;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
    sink.note(NO_ZONE_NOTE);
  }

  line(line: Line): void {
    const heading = BLOCK_HEADING.exec(line.text);
    if (heading !== null) {
      this.#readHeading(line, heading);
      return;
    }
    if (this.#remainingBytes > 0 && line.text !== "") this.#readRow(line);
    // The other lines end a block or are messages of socat.
  }

  end(): void {
    if (this.#remainingBytes > 0)
      this.#sink.note(`the trace ends inside a block: ${this.#remainingBytes} of its bytes are missing`);
    this.#receiver?.end();
  }

  #readHeading(line: Line, [, arrow, date = "", fraction, length, from]: RegExpExecArray): void {
    if (this.#remainingBytes > 0) {
      throw buildLineError(
        line,
        0,
        `the previous block is missing ${this.#remainingBytes} of its bytes`,
        "paste the trace without gaps",
      );
    }
    this.#side = arrow === ">" ? 0 : 1;
    this.#timestamp = buildTimestamp(this.#timeParser.parse(date, fraction ?? ""), null);
    this.#checkOffset(line, Number(from));
    this.#remainingBytes = Number(length);
    this.#sentBytes[this.#side] += this.#remainingBytes;
  }

  /** Compares the start of a block with the number of bytes that its side has sent. */
  #checkOffset(line: Line, from: number): void {
    const sent = this.#sentBytes[this.#side];
    if (from === 0 && sent > 0) {
      this.#receiver?.end();
      this.#receiver = null;
      this.#sentBytes = [0, 0];
    } else if (from < sent) {
      const message = `this block starts at ${from}, but its side has sent ${sent} bytes: two connections are mixed`;
      throw buildLineError(line, 0, message, "write the trace of each socat to a file of its own");
    } else if (from > sent) {
      this.#openConnection().gap(this.#side, from - sent, this.#timestamp);
      this.#sentBytes[this.#side] = from;
    }
  }

  /** Reads a row: all bytes of the block without -v; with -v up to 16 bytes and, two blanks later, their text. */
  #readRow(line: Line): void {
    const { text } = line;
    const bytes = Buffer.allocUnsafe(Math.min(this.#remainingBytes, Math.floor(text.length / 3)));
    let count = 0;
    let at = 0;
    for (; count < bytes.length; at += 3) {
      const byte = parseHexPair(text, at + 1);
      if (text.charCodeAt(at) !== SPACE || byte < 0) break;
      bytes[count++] = byte;
    }
    const rest = text.slice(at, at + 2).trim();
    if (count === 0) throw buildLineError(line, 0, "this trace is text, in which bytes are lost", HINT);
    if (rest !== "") throw buildLineError(line, at, "this is not a byte of the block", HINT);
    this.#remainingBytes -= count;
    this.#openConnection().data(this.#side, bytes.subarray(0, count), this.#timestamp);
  }

  #openConnection(): ConnectionReceiver {
    // The left address is usually the client, but the trace does not show who opened the connection.
    this.#receiver ??= this.#sink.connection({ endpoints: null, isOpenerKnown: false });
    return this.#receiver;
  }
}

/**
 * socat prints microseconds in nine digits, with zeros before them: .000066425 is 66425 µs. Should another version print
 * nanoseconds, one of its times will soon have more than six significant digits.
 */
class SocatTimeParser {
  #hasNanoseconds = false;

  parse(date: string, fraction: string): ParsedTime | null {
    if (fraction.length === 9 && !fraction.startsWith("000")) this.#hasNanoseconds = true;
    const micro = fraction.length === 9 && !this.#hasNanoseconds;
    return parseDateTime(micro ? `${date.slice(0, -9)}${fraction.slice(3)}` : date);
  }
}
