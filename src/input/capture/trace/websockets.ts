import { ByteBuilder } from "../../../bytes/byte-builder.js";
import { tokenAt } from "../../../protocol/handshake/http-syntax.js";
import type { ConnectionReceiver, Side, TrafficSink } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { buildHttpHead } from "../rebuilt-head.js";
import { NO_TIMESTAMP } from "../time/timestamp.js";
import { parsePythonText } from "./escaped-text.js";
import type { TraceStyle } from "./trace-style.js";

/** The default prefix of Python's logging. */
const LOG_PREFIX = /^DEBUG:websockets\.[a-z.]{1,40}:/;
const STATE_LINE = /^= connection is (CONNECTING|OPEN|CLOSING|CLOSED)$/;
const START_LINE = /^(?:[A-Z]{1,20} \S{1,4096} HTTP\/1\.1|HTTP\/1\.1 \d{3}(?: .*)?)$/;
const FRAME_LINE = /^(CONT|TEXT|BINARY|CLOSE|PING|PONG) (.*) \[(?:text, |binary, )?(\d{1,12}) bytes?(, continued)?\]$/;
const OPCODES_BY_NAME: Readonly<Record<string, number>> = { CONT: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 };
const SHORTENED_HINT = "set WEBSOCKETS_MAX_LOG_SIZE=1000000 before recording, or capture with tcpdump -w";
const MAX_HEADERS = 10_000;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** The debug log of websockets (Python): its messages, as far as they are not shortened. */
export const websockets: TraceStyle = {
  isTraceLine: (line) => {
    const text = line.replace(LOG_PREFIX, "");
    return STATE_LINE.test(text) || (/^[<>] /.test(text) && FRAME_LINE.test(text.slice(2)));
  },
  probe: (text) =>
    /^(?:DEBUG:websockets\.[a-z.]{1,40}:)?= connection is (?:CONNECTING|OPEN)\r?$/m.test(text)
      ? "the debug log of websockets"
      : null,
  open: (sink) => new WebsocketsReader(sink),
};

/** Whether a line is a header as the log has it: a name, a colon and a blank. */
function isHeaderLine(line: string): boolean {
  const name = tokenAt(line, 0);
  return name !== "" && name.length <= 200 && line.startsWith(": ", name.length);
}

class WebsocketsReader implements LineReceiver {
  readonly #sink: TrafficSink;
  #receiver: ConnectionReceiver | null = null;
  #isConnecting = false;
  /** The mark of lines that the client sent. */
  #clientMark = ">";
  #head: { readonly mark: string; readonly first: string; readonly headers: [string, string][] } | null = null;
  /** The unfinished message of each mark. */
  readonly #openMessages = new Map<string, { readonly opcode: number; readonly bytes: ByteBuilder }>();

  constructor(sink: TrafficSink) {
    this.#sink = sink;
    sink.note("a log of websockets holds messages, not frames: their masking and compression are unknown");
  }

  line(line: Line): void {
    const prefix = LOG_PREFIX.exec(line.text)?.[0].length ?? 0;
    const text = line.text.slice(prefix);
    const mark = text[0] ?? "";
    const content = text.slice(2);
    const marked = (mark === "<" || mark === ">") && text[1] === " ";
    if (this.#head !== null && mark === this.#head.mark && isHeaderLine(content)) {
      const colon = content.indexOf(": ");
      this.#head.headers.push([content.slice(0, colon), content.slice(colon + 2)]);
      if (this.#head.headers.length > MAX_HEADERS)
        throw buildLineError(
          line,
          0,
          "a head has more than 10,000 lines",
          "remove the lines that are not part of the log",
        );
      return;
    }
    this.#finishHead();
    const state = STATE_LINE.exec(text)?.[1];
    if (state !== undefined) {
      this.#readState(line, state);
      return;
    }
    if (!marked) return;
    if (START_LINE.test(content)) this.#head = { mark, first: content, headers: [] };
    else {
      const frame = FRAME_LINE.exec(content);
      if (frame !== null) this.#readFrame(line, prefix + 2, mark, frame);
    }
  }

  end(): void {
    this.#finishHead();
    this.#receiver?.end();
  }

  #readState(line: Line, state: string): void {
    if (state === "CONNECTING") {
      if (this.#isConnecting) throw buildMixedError(line);
      this.#isConnecting = true;
      this.#openMessages.clear();
      this.#receiver?.end();
      this.#receiver = null;
    } else if (state === "CLOSED") this.#isConnecting = false;
  }

  #finishHead(): void {
    const head = this.#head;
    this.#head = null;
    if (head === null) return;
    // Only a client sends a request.
    const request = !head.first.startsWith("HTTP/");
    if (request) this.#clientMark = head.mark;
    this.#openConnection(true).data(this.#toSide(head.mark), buildHttpHead(head), NO_TIMESTAMP);
  }

  #readFrame(
    line: Line,
    at: number,
    mark: string,
    [, name = "", shown = "", length, continued]: RegExpExecArray,
  ): void {
    const payload = parsePayload(name, shown, Number(length));
    if (payload === null)
      throw buildLineError(line, at, "the log shortened this payload, so bytes are lost", SHORTENED_HINT);
    const opcode = OPCODES_BY_NAME[name] as number;
    if (opcode >= 8) {
      this.#emitMessage(mark, opcode, payload);
      return;
    }
    const openMessage = opcode === 0 ? this.#openMessages.get(mark) : undefined;
    if (openMessage === undefined && continued === undefined) {
      this.#emitMessage(mark, opcode, payload);
      return;
    }
    const message = openMessage ?? { opcode, bytes: new ByteBuilder(MAX_MESSAGE_BYTES) };
    message.bytes.append(payload, 0, payload.length);
    if (message.bytes.omitted > 0) throw buildLineError(line, at, "a message is longer than 64 MiB", SHORTENED_HINT);
    if (continued !== undefined) this.#openMessages.set(mark, message);
    else {
      this.#openMessages.delete(mark);
      this.#emitMessage(mark, message.opcode, message.bytes.take());
    }
  }

  #emitMessage(mark: string, opcode: number, payload: Uint8Array): void {
    this.#openConnection(false).message({ side: this.#toSide(mark), opcode, payload, at: NO_TIMESTAMP });
  }

  #toSide(mark: string): Side {
    return mark === this.#clientMark ? 0 : 1;
  }

  #openConnection(isOpenerKnown: boolean): ConnectionReceiver {
    this.#receiver ??= this.#sink.connection({ endpoints: null, isOpenerKnown });
    return this.#receiver;
  }
}

function buildMixedError(line: Line): Error {
  return buildLineError(
    line,
    0,
    "another connection starts before the previous one is closed, so their lines cannot be told apart",
    "log each connection, and each end of it, to a separate file",
  );
}

/** The bytes of a printed payload; `null` if some are missing. */
function parsePayload(name: string, shown: string, length: number): Uint8Array | null {
  if (length === 0) return new Uint8Array(0);
  if (isShortened(shown)) return null;
  const payload = name === "CLOSE" ? (parseClosePayload(shown) ?? parsePlainPayload(shown)) : parsePlainPayload(shown);
  return payload?.length === length ? payload : null;
}

/** Whether a payload has the maximum length of the log, with dots where the log puts them. */
function isShortened(shown: string): boolean {
  const cut = shown.length / 3 - 1;
  return shown.length >= 30 && Number.isInteger(cut) && shown.startsWith("...", 2 * cut);
}

function parsePlainPayload(shown: string): Uint8Array | null {
  // Text that only looks like hex gives another length, which the caller checks.
  if (!/[^0-9a-f ]/.test(shown)) return Buffer.from(shown.replaceAll(" ", ""), "hex");
  return parsePythonText(shown);
}

/** The payload of a Close frame, printed as its code, the meaning in parentheses, and the reason. */
function parseClosePayload(shown: string): Uint8Array | null {
  const [, code, reason = ""] = /^(\d{4}) \([^()]{1,60}\)(?: (.*))?$/.exec(shown) ?? [];
  if (code === undefined) return null;
  return Buffer.concat([Uint8Array.of(Number(code) >> 8, Number(code) & 0xff), Buffer.from(reason)]);
}
