import { HEX_DIGIT_VALUES } from "../../../bytes/hex.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { CaptureSink, ConnectionTap, Side } from "../../../protocol/traffic.js";
import { faultOn, type Line, type LineTaker } from "../../line-reader.js";
import { momentOf, NO_MOMENT } from "../moments.js";
import { civilTime, NO_ZONE, type Time } from "../times.js";
import type { TraceStyle } from "./trace-style.js";

const HEADING =
  /^([<>]) (\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.(\d{1,9}))?) {1,3}length=(\d{1,12}) from=(\d{1,15}) to=-?\d{1,15}\s{0,4}$/;
const BLANK = 0x20;
const HINT = "record with socat -x, or -x -v: its rows have a blank and two hex digits for each byte";

/** `socat -x`, with or without -v. */
export const socat: TraceStyle = {
  begins: (line) => HEADING.test(line),
  probe: (text) =>
    /^[<>] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})? {1,3}length=\d{1,12} from=\d{1,15} to=/m.test(text)
      ? "the headings of socat -x"
      : null,
  open: (sink) => new SocatReader(sink),
};

class SocatReader implements LineTaker {
  readonly #sink: CaptureSink;
  readonly #times = new SocatTimes();
  #tap: ConnectionTap | null = null;
  /** Bytes that each side has sent. */
  #sent: [number, number] = [0, 0];
  #side: Side = 0;
  /** Bytes of the open block that are still to come. */
  #due = 0;
  #at: PacketTimestamp = NO_MOMENT;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
    sink.say(NO_ZONE);
  }

  line(line: Line): void {
    const heading = HEADING.exec(line.text);
    if (heading !== null) {
      this.#heading(line, heading);
      return;
    }
    if (this.#due > 0 && line.text !== "") this.#row(line);
    // Between blocks there are the lines that end them, and socat's own messages.
  }

  end(): void {
    if (this.#due > 0) this.#sink.say(`the trace ends within a block: ${this.#due} of its bytes are missing`);
    this.#tap?.end();
  }

  #heading(line: Line, [, arrow, date = "", fraction, length, from]: RegExpExecArray): void {
    if (this.#due > 0) {
      throw faultOn(line, 0, `the block before lacks ${this.#due} of its bytes`, "paste the trace without gaps");
    }
    this.#side = arrow === ">" ? 0 : 1;
    this.#at = momentOf(this.#times.read(date, fraction ?? ""), null);
    this.#seek(line, Number(from));
    this.#due = Number(length);
    this.#sent[this.#side] += this.#due;
  }

  /** Compares where a block begins with what its side has sent so far. */
  #seek(line: Line, from: number): void {
    const sent = this.#sent[this.#side];
    if (from === 0 && sent > 0) {
      this.#tap?.end();
      this.#tap = null;
      this.#sent = [0, 0];
    } else if (from < sent) {
      const said = `this block begins at ${from}, and its side has sent ${sent} bytes: two connections are mixed`;
      throw faultOn(line, 0, said, "let each socat write a trace of its own");
    } else if (from > sent) {
      this.#opened().gap(this.#side, from - sent, this.#at);
      this.#sent[this.#side] = from;
    }
  }

  /** The bytes of a row: all of the block's without -v; up to 16 with it, and their text two blanks further. */
  #row(line: Line): void {
    const { text } = line;
    const bytes = Buffer.allocUnsafe(Math.min(this.#due, Math.floor(text.length / 3)));
    let count = 0;
    let at = 0;
    for (; count < bytes.length; at += 3) {
      const high = HEX_DIGIT_VALUES[text.charCodeAt(at + 1)] ?? -1;
      const low = HEX_DIGIT_VALUES[text.charCodeAt(at + 2)] ?? -1;
      if (text.charCodeAt(at) !== BLANK || high < 0 || low < 0) break;
      bytes[count++] = (high << 4) | low;
    }
    const behind = text.slice(at, at + 2).trim();
    if (count === 0) throw faultOn(line, 0, "this is text, in which bytes are lost", HINT);
    if (behind !== "") throw faultOn(line, at, "this is no byte of the block", HINT);
    this.#due -= count;
    this.#opened().data(this.#side, bytes.subarray(0, count), this.#at);
  }

  #opened(): ConnectionTap {
    // The left address is mostly the client's; which opened the connection is not said.
    this.#tap ??= this.#sink.connection({ endpoints: null, openerSeen: false });
    return this.#tap;
  }
}

/**
 * socat prints microseconds in nine digits, with zeros before them: .000066425 is 66425 µs. Should another version print
 * nanoseconds, then one of its times will soon say so by having more than six digits of value.
 */
class SocatTimes {
  #nanoseconds = false;

  read(date: string, fraction: string): Time | null {
    if (fraction.length === 9 && !fraction.startsWith("000")) this.#nanoseconds = true;
    const micro = fraction.length === 9 && !this.#nanoseconds;
    return civilTime(micro ? `${date.slice(0, -9)}${fraction.slice(3)}` : date);
  }
}
