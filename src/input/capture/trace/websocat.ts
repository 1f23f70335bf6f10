import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ConnectionReceiver, Side, TrafficSink } from "../../../protocol/traffic.js";
import { buildLineError, type Line, type LineReceiver } from "../../line-reader.js";
import { NO_DATE_NOTE, parseSeconds } from "../time/parse-time.js";
import { buildTimestamp } from "../time/timestamp.js";
import { parseRustBytes } from "./escaped-text.js";
import type { TraceStyle } from "./trace-style.js";

const CHUNK_LINE =
  /^(?:(\d{6,12}\.\d{6}) )?(READ|WRITE) (?:bufcap=\d{1,12} )?(?:from_prefix )?(\d{1,12}) (?=["0-9a-f]|$)/;
const HINT = "log the bytes of the TCP connection: websocat ws-c:log:tcp:HOST:PORT, without --log-omit-content";

/** The byte streams that the `log:` overlay of websocat 4 prints, in quotes or, with --log-hex, in hex. */
export const websocat: TraceStyle = {
  isTraceLine: (line) => CHUNK_LINE.test(line),
  // A handshake among the chunks shows that they are bytes of a connection, and who sent them.
  probe: (text) =>
    /^(?:\d{6,12}\.\d{6} )?(?:READ|WRITE) (?:bufcap=\d{1,12} )?\d{1,12} (?:"(?:GET |HTTP\/1)|47455420|485454502f31)/m.test(
      text,
    )
      ? "the lines of websocat's log: with a handshake"
      : null,
  open: (sink) => new WebsocatReader(sink),
};

class WebsocatReader implements LineReceiver {
  readonly #sink: TrafficSink;
  #receiver: ConnectionReceiver | null = null;
  /** The verb of lines that the client sent, once it is known. */
  #clientVerb: string | null = null;
  #hasNotedTimes = false;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  line(line: Line): void {
    const chunk = CHUNK_LINE.exec(line.text);
    if (chunk === null) return;
    const [all, seconds, verb = "", length] = chunk;
    const bytes = parseRustBytes(line.text.slice(all.length));
    if (bytes === null || bytes.length !== Number(length)) {
      throw buildLineError(line, all.length, `${length} bytes were announced but did not follow`, HINT);
    }
    if (bytes.length > 0) this.#addChunk(line, verb, bytes, this.#parseTimestamp(seconds));
  }

  end(): void {
    this.#receiver?.end();
  }

  #addChunk(line: Line, verb: string, bytes: Uint8Array, at: PacketTimestamp): void {
    const start = decodeLatin1(bytes, 0, 7);
    if (start.startsWith("GET ")) {
      this.#clientVerb = verb;
      this.#receiver?.end();
      this.#receiver = null;
    } else if (this.#clientVerb === null && start.startsWith("HTTP/1.")) {
      this.#clientVerb = verb === "READ" ? "WRITE" : "READ";
    }
    if (this.#clientVerb === null) {
      throw buildLineError(line, 0, "this has no handshake before it, so its sender and its form are unknown", HINT);
    }
    const side: Side = verb === this.#clientVerb ? 0 : 1;
    this.#receiver ??= this.#sink.connection({ endpoints: null, isOpenerKnown: true });
    this.#receiver.data(side, bytes, at);
  }

  #parseTimestamp(seconds: string | undefined): PacketTimestamp {
    if (seconds !== undefined && !this.#hasNotedTimes) {
      this.#hasNotedTimes = true;
      this.#sink.note(NO_DATE_NOTE);
    }
    // Leading zeros make it as wide as the others.
    return buildTimestamp(seconds === undefined ? null : parseSeconds(seconds), null);
  }
}
