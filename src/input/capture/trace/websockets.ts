import { ByteBuilder } from "../../../bytes/byte-builder.js";
import type { CaptureSink, ConnectionTap, Side } from "../../../protocol/traffic.js";
import { faultOn, type Line, type LineTaker } from "../../line-reader.js";
import { NO_MOMENT } from "../moments.js";
import { rebuiltHead } from "../rebuilt-head.js";
import { readPythonText } from "./python-text.js";
import type { TraceStyle } from "./trace-style.js";

/** What Python's logging puts before a line when nothing else is asked for. */
const PREFIX = /^DEBUG:websockets\.[a-z.]{1,40}:/;
const STATE = /^= connection is (CONNECTING|OPEN|CLOSING|CLOSED)$/;
const START = /^(?:[A-Z]{1,20} \S{1,4096} HTTP\/1\.1|HTTP\/1\.1 \d{3}(?: .*)?)$/;
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}: /;
const FRAME = /^(CONT|TEXT|BINARY|CLOSE|PING|PONG) (.*) \[(?:text, |binary, )?(\d{1,12}) bytes?(, continued)?\]$/;
const OPCODES: Readonly<Record<string, number>> = { CONT: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 };
const SHORTENED = "set WEBSOCKETS_MAX_LOG_SIZE=1000000 when the log is written, or capture with tcpdump -w";
const MOST_HEADERS = 10_000;
const LARGEST = 64 * 1024 * 1024;

/** The debug log of websockets (Python): what messages say, where it is not shortened. */
export const websockets: TraceStyle = {
  begins: (line) => {
    const text = line.replace(PREFIX, "");
    return STATE.test(text) || (/^[<>] /.test(text) && FRAME.test(text.slice(2)));
  },
  probe: (text) =>
    /^(?:DEBUG:websockets\.[a-z.]{1,40}:)?= connection is (?:CONNECTING|OPEN)\r?$/m.test(text)
      ? "the debug log of websockets"
      : null,
  open: (sink) => new WebsocketsReader(sink),
};

class WebsocketsReader implements LineTaker {
  readonly #sink: CaptureSink;
  #tap: ConnectionTap | null = null;
  #connecting = false;
  /** What the client sends has this mark. */
  #client = ">";
  #head: { readonly mark: string; readonly first: string; readonly headers: [string, string][] } | null = null;
  /** A message that is to be continued, of each mark. */
  readonly #open = new Map<string, { readonly opcode: number; readonly bytes: ByteBuilder }>();

  constructor(sink: CaptureSink) {
    this.#sink = sink;
    sink.say("a log of websockets holds messages, not frames: how they were masked and compressed is not known");
  }

  line(line: Line): void {
    const prefix = PREFIX.exec(line.text)?.[0].length ?? 0;
    const text = line.text.slice(prefix);
    const mark = text[0] ?? "";
    const said = text.slice(2);
    const marked = (mark === "<" || mark === ">") && text[1] === " ";
    if (this.#head !== null && mark === this.#head.mark && HEADER.test(said)) {
      const colon = said.indexOf(": ");
      this.#head.headers.push([said.slice(0, colon), said.slice(colon + 2)]);
      if (this.#head.headers.length > MOST_HEADERS)
        throw faultOn(line, 0, "a head of more than 10,000 lines", "no client or server sends so many headers");
      return;
    }
    this.#finishHead();
    const state = STATE.exec(text)?.[1];
    if (state !== undefined) {
      this.#state(line, state);
      return;
    }
    if (!marked) return;
    if (START.test(said)) this.#head = { mark, first: said, headers: [] };
    else {
      const frame = FRAME.exec(said);
      if (frame !== null) this.#frame(line, prefix + 2, mark, frame);
    }
  }

  end(): void {
    this.#finishHead();
    this.#tap?.end();
  }

  #state(line: Line, state: string): void {
    if (state === "CONNECTING") {
      if (this.#connecting) throw mixed(line);
      this.#connecting = true;
      this.#open.clear();
      this.#tap?.end();
      this.#tap = null;
    } else if (state === "CLOSED") this.#connecting = false;
  }

  #finishHead(): void {
    const head = this.#head;
    this.#head = null;
    if (head === null) return;
    // Only a client sends a request.
    const request = !head.first.startsWith("HTTP/");
    if (request) this.#client = head.mark;
    this.#opened(true).data(this.#sideOf(head.mark), rebuiltHead(head), NO_MOMENT);
  }

  #frame(line: Line, at: number, mark: string, [, name = "", shown = "", length, continued]: RegExpExecArray): void {
    const payload = payloadOf(name, shown, Number(length));
    if (payload === null) throw faultOn(line, at, "the log has shortened this payload: bytes are lost", SHORTENED);
    const opcode = OPCODES[name] as number;
    if (opcode >= 8) {
      this.#message(mark, opcode, payload);
      return;
    }
    const begun = opcode === 0 ? this.#open.get(mark) : undefined;
    if (begun === undefined && continued === undefined) {
      this.#message(mark, opcode, payload);
      return;
    }
    const message = begun ?? { opcode, bytes: new ByteBuilder(LARGEST) };
    message.bytes.append(payload, 0, payload.length);
    if (message.bytes.omitted > 0) throw faultOn(line, at, "a message of more than 64 MiB", SHORTENED);
    if (continued !== undefined) this.#open.set(mark, message);
    else {
      this.#open.delete(mark);
      this.#message(mark, message.opcode, message.bytes.take());
    }
  }

  #message(mark: string, opcode: number, payload: Uint8Array): void {
    this.#opened(false).message({ side: this.#sideOf(mark), opcode, payload, at: NO_MOMENT });
  }

  #sideOf(mark: string): Side {
    return mark === this.#client ? 0 : 1;
  }

  #opened(openerSeen: boolean): ConnectionTap {
    this.#tap ??= this.#sink.connection({ endpoints: null, openerSeen });
    return this.#tap;
  }
}

function mixed(line: Line): Error {
  return faultOn(
    line,
    0,
    "another connection begins before the one before is closed: their lines cannot be told apart",
    "log each connection, and each end of it, to a file of its own",
  );
}

/** The bytes of a payload as it is shown, `null` where some are not. */
function payloadOf(name: string, shown: string, length: number): Uint8Array | null {
  if (length === 0) return new Uint8Array(0);
  if (isShortened(shown)) return null;
  const payload = name === "CLOSE" ? (closePayload(shown) ?? plainPayload(shown)) : plainPayload(shown);
  return payload?.length === length ? payload : null;
}

/** As many characters as the log allows, with dots at the place where it puts them. */
function isShortened(shown: string): boolean {
  const cut = shown.length / 3 - 1;
  return shown.length >= 30 && Number.isInteger(cut) && shown.startsWith("...", 2 * cut);
}

function plainPayload(shown: string): Uint8Array | null {
  // What is no pairs with blanks between them has another length when it is read so, which is noticed.
  if (!/[^0-9a-f ]/.test(shown)) return Buffer.from(shown.replaceAll(" ", ""), "hex");
  return readPythonText(shown);
}

/** A code, what it means in brackets, and the reason. */
function closePayload(shown: string): Uint8Array | null {
  const [, code, reason = ""] = /^(\d{4}) \([^()]{1,60}\)(?: (.*))?$/.exec(shown) ?? [];
  if (code === undefined) return null;
  return Buffer.concat([Uint8Array.of(Number(code) >> 8, Number(code) & 0xff), Buffer.from(reason)]);
}
