import type { CaptureSink, ConnectionTap, Side } from "../../../protocol/traffic.js";
import { faultOn, type Line, type LineTaker } from "../../line-reader.js";
import { readPythonLiteral } from "../../notation/python-literal.js";
import { NO_MOMENT } from "../moments.js";
import type { TraceStyle } from "./trace-style.js";

const HEAD = /^(.{0,120}?)--- (request|response) header ---$/;
const HEAD_END = /^.{0,120}?-{20,40}$/;
/** A frame as it went over the wire. What is "decoded" below it is the same once more. */
const RAW = /^(.{0,120}?)\+\+(Sent|Rcv) raw: b(?=['"])/;

/** websocket-client's enableTrace (Python). */
export const websocketClient: TraceStyle = {
  begins: (line) => HEAD.test(line) || RAW.test(line),
  probe: (text) =>
    /^.{0,120}?--- (?:request|response) header ---\r?$/m.test(text) ||
    /^.{0,120}?\+\+(?:Sent|Rcv) raw: b['"]/m.test(text)
      ? "the lines of websocket-client's enableTrace"
      : null,
  open: (sink) => new WebsocketClientReader(sink),
};

/** The lines of a head, as they come. */
interface Head {
  readonly side: Side;
  /** What a log has before each line. */
  readonly prefix: string;
  readonly lines: string[];
  ended: boolean;
}

const MOST_HEAD_LINES = 10_000;
/** How a prefix of a log ends: what stands before a line in a longer word belongs to the line. */
const PREFIX_END = /[\s:\]|>]$/;

class WebsocketClientReader implements LineTaker {
  readonly #sink: CaptureSink;
  #tap: ConnectionTap | null = null;
  #head: Head | null = null;
  /** The line before: a program that logs to two places prints all twice, the second time with a prefix. */
  #last = "";
  #lastHead = "";

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  line(line: Line): void {
    const { text } = line;
    const prefix = text.endsWith(this.#last) ? text.slice(0, -this.#last.length) : "";
    const again = this.#last !== "" && PREFIX_END.test(prefix);
    if (!again) this.#read(line);
    this.#last = text;
  }

  end(): void {
    this.#finishHead();
    this.#tap?.end();
  }

  #read(line: Line): void {
    const { text } = line;
    if (this.#head !== null) {
      if (HEAD_END.test(text)) this.#finishHead();
      else this.#headLine(line, this.#head);
      return;
    }
    const [, prefix = "", kind] = HEAD.exec(text) ?? [];
    if (kind !== undefined) {
      this.#head = { side: kind === "request" ? 0 : 1, prefix, lines: [], ended: false };
      return;
    }
    const raw = RAW.exec(text);
    if (raw !== null) this.#frame(line, raw[0].length, raw[2] === "Sent" ? 0 : 1);
  }

  #headLine(line: Line, head: Head): void {
    const { prefix, lines } = head;
    const text = prefix !== "" && line.text.startsWith(prefix) ? line.text.slice(prefix.length) : line.text;
    // A request stands there with its empty line, a response without.
    if (text === "" && lines.length > 0) head.ended = true;
    if (head.ended || text === "") return;
    lines.push(text);
    if (lines.length > MOST_HEAD_LINES)
      throw faultOn(line, 0, "a head without end", "a head is followed by a line of dashes");
  }

  #finishHead(): void {
    const head = this.#head;
    this.#head = null;
    if (head === null || head.lines.length === 0) return;
    const text = `${head.lines.join("\r\n")}\r\n\r\n`;
    if (head.side === 0) {
      // The same request twice in a row is one, logged to two places.
      if (text === this.#lastHead) return;
      this.#tap?.end();
      this.#tap = null;
    }
    this.#lastHead = text;
    this.#opened().data(head.side, Buffer.from(text), NO_MOMENT);
  }

  #frame(line: Line, from: number, side: Side): void {
    const { text } = line;
    const literal = readPythonLiteral(text, from + 1, text[from] as string, false);
    if (literal.kind !== "bytes") throw faultOn(line, literal.fault.index, literal.fault.message, literal.fault.hint);
    this.#lastHead = "";
    this.#opened().data(side, literal.bytes, NO_MOMENT);
  }

  #opened(): ConnectionTap {
    this.#tap ??= this.#sink.connection({ endpoints: null, openerSeen: true });
    return this.#tap;
  }
}
