import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { CaptureSink, ConnectionTap, Side } from "../../../protocol/traffic.js";
import { faultOn, type Line, type LineTaker } from "../../line-reader.js";
import { momentOf } from "../moments.js";
import { NO_DATE, secondsTime } from "../times.js";
import { readRustBytes } from "./rust-bytes.js";
import type { TraceStyle } from "./trace-style.js";

const CHUNK = /^(?:(\d{6,12}\.\d{6}) )?(READ|WRITE) (?:bufcap=\d{1,12} )?(?:from_prefix )?(\d{1,12}) (?=["0-9a-f]|$)/;
const HINT = "log the bytes below the WebSocket: websocat ws-c:log:tcp:HOST:PORT, without --log-omit-content";

/** What the `log:` overlay of websocat 4 prints of a byte stream, in quotes or, with --log-hex, in hex. */
export const websocat: TraceStyle = {
  begins: (line) => CHUNK.test(line),
  // A handshake among the chunks says that they are bytes of a connection, and whose.
  probe: (text) =>
    /^(?:\d{6,12}\.\d{6} )?(?:READ|WRITE) (?:bufcap=\d{1,12} )?\d{1,12} (?:"(?:GET |HTTP\/1)|47455420|485454502f31)/m.test(
      text,
    )
      ? "the lines of websocat's log: with a handshake"
      : null,
  open: (sink) => new WebsocatReader(sink),
};

class WebsocatReader implements LineTaker {
  readonly #sink: CaptureSink;
  #tap: ConnectionTap | null = null;
  /** What the client sends, once that is known. */
  #client: string | null = null;
  #timed = false;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  line(line: Line): void {
    const chunk = CHUNK.exec(line.text);
    if (chunk === null) return;
    const [all, seconds, verb = "", length] = chunk;
    const bytes = readRustBytes(line.text.slice(all.length));
    if (bytes === null || bytes.length !== Number(length)) {
      throw faultOn(line, all.length, `${length} bytes were announced, and are not there`, HINT);
    }
    if (bytes.length > 0) this.#chunk(line, verb, bytes, this.#moment(seconds));
  }

  end(): void {
    this.#tap?.end();
  }

  #chunk(line: Line, verb: string, bytes: Uint8Array, at: PacketTimestamp): void {
    const start = decodeLatin1(bytes, 0, 7);
    if (start.startsWith("GET ")) {
      this.#client = verb;
      this.#tap?.end();
      this.#tap = null;
    } else if (this.#client === null && start.startsWith("HTTP/1.")) {
      this.#client = verb === "READ" ? "WRITE" : "READ";
    }
    if (this.#client === null) {
      throw faultOn(line, 0, "no handshake stands before this: these may be messages, or bytes of either side", HINT);
    }
    const side: Side = verb === this.#client ? 0 : 1;
    this.#tap ??= this.#sink.connection({ endpoints: null, openerSeen: true });
    this.#tap.data(side, bytes, at);
  }

  #moment(seconds: string | undefined): PacketTimestamp {
    if (seconds !== undefined && !this.#timed) {
      this.#timed = true;
      this.#sink.say(NO_DATE);
    }
    // Zeros in front make it as wide as the others.
    return momentOf(seconds === undefined ? null : secondsTime(seconds), null);
  }
}
