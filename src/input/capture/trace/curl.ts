import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { CaptureSink, ConnectionTap, Side } from "../../../protocol/traffic.js";
import { faultOn, type Line, type LineTaker } from "../../line-reader.js";
import { DayClock } from "../day-clock.js";
import { PAIRS, readColumns } from "../hex-columns.js";
import { momentOf } from "../moments.js";
import { clockTime, NO_DATE } from "../times.js";
import type { TraceStyle } from "./trace-style.js";

/* What --trace-time and --trace-ids put before a line stands at the start of both. */
const BLOCK =
  /^(?:(\d\d:\d\d:\d\d\.\d{6}) )?(?:\[(?:\d{1,10}|x)-(\d{1,10}|x)\] )?(=>|<=) (?:Send|Recv) (header|data|SSL data), (\d{1,12}) bytes \(0x[0-9a-f]{1,12}\)$/;
const INFO = /^(?:(\d\d:\d\d:\d\d\.\d{6}) )?(?:\[(?:\d{1,10}|x)-(\d{1,10}|x)\] )?== Info: (.*)$/;
const ROW = /^([0-9a-f]{4,12}): /;
const CONNECTED = /^ {0,2}(?:Connected to|Established connection to) /;
const HINT = "record with curl --trace FILE instead, which keeps all bytes";
const MOST_CONNECTIONS = 1024;

/** `curl --trace`, with or without --trace-time and --trace-ids. */
export const curl: TraceStyle = {
  begins: (line) => INFO.test(line) || BLOCK.test(line),
  probe: (text) =>
    /^[^\r\n]{0,64}(?:=> Send|<= Recv) (?:SSL data|header|data), \d{1,12} bytes \(0x[0-9a-f]{1,12}\)\r?$/m.test(text)
      ? "the headings of curl --trace"
      : null,
  open: (sink) => new CurlReader(sink),
};

/** What a heading announces, until all of its rows are there. */
interface Block {
  readonly side: Side;
  readonly length: number;
  readonly tap: ConnectionTap | null;
  readonly at: PacketTimestamp;
  read: number;
}

class CurlReader implements LineTaker {
  readonly #sink: CaptureSink;
  readonly #clock = new DayClock();
  /** By curl's number of the connection; without those, there is one at a time. */
  readonly #taps = new Map<string, ConnectionTap>();
  #block: Block | null = null;
  #timed = false;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  line(line: Line): void {
    const block = this.#block;
    const row = block === null ? null : ROW.exec(line.text);
    if (block !== null && row !== null) {
      this.#row(line, row, block);
      return;
    }
    const heading = BLOCK.exec(line.text);
    const info = heading === null ? INFO.exec(line.text) : null;
    if (block !== null && (heading !== null || info !== null) && block.read < block.length) {
      const said = `the block before has ${block.read} bytes, and announced ${block.length}`;
      throw faultOn(line, 0, said, "paste the trace without gaps");
    }
    if (heading !== null) this.#block = this.#begin(heading);
    else if (info !== null) this.#info(info);
  }

  end(): void {
    const block = this.#block;
    if (block !== null && block.read < block.length) {
      this.#sink.say(`the trace ends within a block: ${block.read} of its ${block.length} bytes are there`);
    }
    for (const tap of this.#taps.values()) tap.end();
  }

  #begin([, clock, connection = "", arrow, kind, length]: RegExpExecArray): Block {
    const time = clock === undefined ? null : clockTime(clock);
    if (time !== null && !this.#timed) {
      this.#timed = true;
      this.#sink.say(NO_DATE);
    }
    return {
      side: arrow === "=>" ? 0 : 1,
      length: Number(length),
      // What TLS adds is none of the connection's data.
      tap: kind === "SSL data" ? null : this.#tap(connection),
      at: momentOf(time === null ? null : this.#clock.read(time), null),
      read: 0,
    };
  }

  #row(line: Line, row: RegExpExecArray, block: Block): void {
    const bytes = readColumns(line.text, row[0].length, PAIRS);
    const expected = Math.min(PAIRS.most, block.length - block.read);
    const offset = Number.parseInt(row[1] as string, 16);
    if (block.tap === null) {
      block.read = block.length;
      return;
    }
    if (offset === block.read && typeof bytes !== "number" && bytes.length === expected) {
      block.read += bytes.length;
      block.tap.data(block.side, bytes, block.at);
      return;
    }
    if (block.read === 0 && offset === 0) {
      throw faultOn(
        line,
        row[0].length,
        "this is text, in which bytes are lost: --trace-ascii prints them as a dot",
        HINT,
      );
    }
    const said = `this row should have ${expected} bytes from ${block.read.toString(16).padStart(4, "0")} on`;
    throw faultOn(line, 0, said, "paste the trace without gaps");
  }

  #info([, , connection = "", text = ""]: RegExpExecArray): void {
    this.#block = null;
    if (!CONNECTED.test(text)) return;
    this.#taps.get(connection)?.end();
    this.#taps.delete(connection);
  }

  #tap(connection: string): ConnectionTap {
    const known = this.#taps.get(connection);
    if (known !== undefined) return known;
    const [oldest] = this.#taps;
    if (this.#taps.size >= MOST_CONNECTIONS && oldest !== undefined) {
      oldest[1].end();
      this.#taps.delete(oldest[0]);
    }
    const tap = this.#sink.connection({ endpoints: null, openerSeen: true });
    this.#taps.set(connection, tap);
    return tap;
  }
}
