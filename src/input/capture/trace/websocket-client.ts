import type { ConnectionReceiver, Side, TrafficSink } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { parsePythonLiteral } from "../../notation/python-literal.js";
import { NO_TIMESTAMP } from "../time/timestamp.js";
import type { TraceStyle } from "./trace-style.js";

const HEAD_START = /^(.{0,120}?)--- (request|response) header ---$/;
const HEAD_END = /^.{0,120}?-{20,40}$/;
/** A frame in its wire form. The "decoded" lines below it repeat it. */
const RAW_FRAME = /^(.{0,120}?)\+\+(Sent|Rcv) raw: b(?=['"])/;

/** websocket-client's enableTrace (Python). */
export const websocketClient: TraceStyle = {
  isTraceLine: (line) => HEAD_START.test(line) || RAW_FRAME.test(line),
  probe: (text) =>
    /^.{0,120}?--- (?:request|response) header ---\r?$/m.test(text) ||
    /^.{0,120}?\+\+(?:Sent|Rcv) raw: b['"]/m.test(text)
      ? "the lines of websocket-client's enableTrace"
      : null,
  open: (sink) => new WebsocketClientReader(sink),
};

/** The lines of a head so far. */
interface LoggedHead {
  readonly side: Side;
  /** The prefix of each line of the log. */
  readonly prefix: string;
  readonly lines: string[];
  isEnded: boolean;
}

const MAX_HEAD_LINES = 10_000;
/** The end of a log prefix: a prefix ends with a blank or punctuation, not inside a word. */
const PREFIX_END = /[\s:\]|>]$/;

class WebsocketClientReader implements LineReceiver {
  readonly #sink: TrafficSink;
  #receiver: ConnectionReceiver | null = null;
  #head: LoggedHead | null = null;
  /** The previous line: a program that logs to two places prints each line twice, the second time with a prefix. */
  #lastLine = "";
  #lastHead = "";

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  line(line: Line): void {
    const { text } = line;
    const prefix = text.endsWith(this.#lastLine) ? text.slice(0, -this.#lastLine.length) : "";
    const again = this.#lastLine !== "" && PREFIX_END.test(prefix);
    if (!again) this.#readLine(line);
    this.#lastLine = text;
  }

  end(): void {
    this.#finishHead();
    this.#receiver?.end();
  }

  #readLine(line: Line): void {
    const { text } = line;
    if (this.#head !== null) {
      if (HEAD_END.test(text)) this.#finishHead();
      else this.#addHeadLine(line, this.#head);
      return;
    }
    const [, prefix = "", kind] = HEAD_START.exec(text) ?? [];
    if (kind !== undefined) {
      this.#head = { side: kind === "request" ? 0 : 1, prefix, lines: [], isEnded: false };
      return;
    }
    const raw = RAW_FRAME.exec(text);
    if (raw !== null) this.#readFrame(line, raw[0].length, raw[2] === "Sent" ? 0 : 1);
  }

  #addHeadLine(line: Line, head: LoggedHead): void {
    const { prefix, lines } = head;
    const text = prefix !== "" && line.text.startsWith(prefix) ? line.text.slice(prefix.length) : line.text;
    // A request includes its empty line, a response does not.
    if (text === "" && lines.length > 0) head.isEnded = true;
    if (head.isEnded || text === "") return;
    lines.push(text);
    if (lines.length > MAX_HEAD_LINES)
      throw buildLineError(line, 0, "the head does not end", "paste the log with the line of dashes after the head");
  }

  #finishHead(): void {
    const head = this.#head;
    this.#head = null;
    if (head === null || head.lines.length === 0) return;
    const text = `${head.lines.join("\r\n")}\r\n\r\n`;
    if (head.side === 0) {
      // The same request twice in a row is one request, logged to two places.
      if (text === this.#lastHead) return;
      this.#receiver?.end();
      this.#receiver = null;
    }
    this.#lastHead = text;
    this.#openConnection().data(head.side, Buffer.from(text), NO_TIMESTAMP);
  }

  #readFrame(line: Line, from: number, side: Side): void {
    const { text } = line;
    const literal = parsePythonLiteral(text, from + 1, text[from] as string, "escaped");
    if (literal.kind !== "bytes")
      throw buildLineError(line, literal.fault.index, literal.fault.message, literal.fault.hint);
    this.#lastHead = "";
    this.#openConnection().data(side, literal.bytes, NO_TIMESTAMP);
  }

  #openConnection(): ConnectionReceiver {
    this.#receiver ??= this.#sink.connection({ endpoints: null, isOpenerKnown: true });
    return this.#receiver;
  }
}
