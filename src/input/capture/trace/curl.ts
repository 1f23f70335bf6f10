import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ConnectionReceiver, Side, TrafficSink } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { PAIR_COLUMNS, parseColumns } from "../hex-columns.js";
import { DayClock } from "../time/day-clock.js";
import { NO_DATE_NOTE, parseClockTime } from "../time/parse-time.js";
import { buildTimestamp } from "../time/timestamp.js";
import type { TraceStyle } from "./trace-style.js";

/* Both patterns start with the prefixes of --trace-time and --trace-ids. */
const BLOCK_HEADING =
  /^(?:(\d\d:\d\d:\d\d\.\d{6}) )?(?:\[(?:\d{1,10}|x)-(\d{1,10}|x)\] )?(=>|<=) (?:Send|Recv) (header|data|SSL data), (\d{1,12}) bytes \(0x[0-9a-f]{1,12}\)$/;
const INFO_LINE = /^(?:(\d\d:\d\d:\d\d\.\d{6}) )?(?:\[(?:\d{1,10}|x)-(\d{1,10}|x)\] )?== Info: (.*)$/;
const BYTE_ROW = /^([0-9a-f]{4,12}): /;
const CONNECTED_INFO = /^ {0,2}(?:Connected to|Established connection to) /;
const HINT = "record with curl --trace FILE, which keeps all bytes";
const MAX_OPEN_CONNECTIONS = 1024;

/** `curl --trace`, with or without --trace-time and --trace-ids. */
export const curl: TraceStyle = {
  isTraceLine: (line) => INFO_LINE.test(line) || BLOCK_HEADING.test(line),
  probe: (text) =>
    /^[^\r\n]{0,64}(?:=> Send|<= Recv) (?:SSL data|header|data), \d{1,12} bytes \(0x[0-9a-f]{1,12}\)\r?$/m.test(text)
      ? "the headings of curl --trace"
      : null,
  open: (sink) => new CurlReader(sink),
};

/** A block that a heading announces, until all of its rows are read. */
interface CurlBlock {
  readonly side: Side;
  readonly length: number;
  readonly receiver: ConnectionReceiver | null;
  readonly at: PacketTimestamp;
  readBytes: number;
}

class CurlReader implements LineReceiver {
  readonly #sink: TrafficSink;
  readonly #dayClock = new DayClock();
  /** By curl's connection number; without numbers, one connection at a time. */
  readonly #receivers = new Map<string, ConnectionReceiver>();
  #block: CurlBlock | null = null;
  #hasNotedTimes = false;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  line(line: Line): void {
    const block = this.#block;
    const row = block === null ? null : BYTE_ROW.exec(line.text);
    if (block !== null && row !== null) {
      this.#readRow(line, row, block);
      return;
    }
    const heading = BLOCK_HEADING.exec(line.text);
    const info = heading === null ? INFO_LINE.exec(line.text) : null;
    if (block !== null && (heading !== null || info !== null) && block.readBytes < block.length) {
      const message = `the previous block announced ${block.length} bytes but has ${block.readBytes}`;
      throw buildLineError(line, 0, message, "paste the trace without gaps");
    }
    if (heading !== null) this.#block = this.#beginBlock(heading);
    else if (info !== null) this.#readInfo(info);
  }

  end(): void {
    const block = this.#block;
    if (block !== null && block.readBytes < block.length) {
      this.#sink.note(`the trace ends inside a block: ${block.readBytes} of its ${block.length} bytes were read`);
    }
    for (const receiver of this.#receivers.values()) receiver.end();
  }

  #beginBlock([, clock, connection = "", arrow, kind, length]: RegExpExecArray): CurlBlock {
    const time = clock === undefined ? null : parseClockTime(clock);
    if (time !== null && !this.#hasNotedTimes) {
      this.#hasNotedTimes = true;
      this.#sink.note(NO_DATE_NOTE);
    }
    return {
      side: arrow === "=>" ? 0 : 1,
      length: Number(length),
      // TLS records are not data of the connection.
      receiver: kind === "SSL data" ? null : this.#getReceiver(connection),
      at: buildTimestamp(time === null ? null : this.#dayClock.addDays(time), null),
      readBytes: 0,
    };
  }

  #readRow(line: Line, row: RegExpExecArray, block: CurlBlock): void {
    const bytes = parseColumns(line.text, row[0].length, PAIR_COLUMNS);
    const expected = Math.min(PAIR_COLUMNS.maxBytes, block.length - block.readBytes);
    const offset = Number.parseInt(row[1] as string, 16);
    if (block.receiver === null) {
      block.readBytes = block.length;
      return;
    }
    if (offset === block.readBytes && typeof bytes !== "number" && bytes.length === expected) {
      block.readBytes += bytes.length;
      block.receiver.data(block.side, bytes, block.at);
      return;
    }
    if (block.readBytes === 0 && offset === 0) {
      throw buildLineError(
        line,
        row[0].length,
        "this trace is text, in which bytes are lost: --trace-ascii prints them as dots",
        HINT,
      );
    }
    const message = `this row should have ${expected} bytes from ${block.readBytes.toString(16).padStart(4, "0")} on`;
    throw buildLineError(line, 0, message, "paste the trace without gaps");
  }

  #readInfo([, , connection = "", text = ""]: RegExpExecArray): void {
    this.#block = null;
    if (!CONNECTED_INFO.test(text)) return;
    this.#receivers.get(connection)?.end();
    this.#receivers.delete(connection);
  }

  #getReceiver(connection: string): ConnectionReceiver {
    const known = this.#receivers.get(connection);
    if (known !== undefined) return known;
    const [oldest] = this.#receivers;
    if (this.#receivers.size >= MAX_OPEN_CONNECTIONS && oldest !== undefined) {
      oldest[1].end();
      this.#receivers.delete(oldest[0]);
    }
    const receiver = this.#sink.connection({ endpoints: null, isOpenerKnown: true });
    this.#receivers.set(connection, receiver);
    return receiver;
  }
}
