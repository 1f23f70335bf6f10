import type { TrafficSink } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import { type Line, LineReader, type LineReceiver } from "../../line-reader.js";
import type { Fit, Sample } from "../../notation/notation.js";
import type { CaptureFormat } from "../capture-format.js";
import { curl } from "./curl.js";
import { socat } from "./socat.js";
import type { TraceStyle } from "./trace-style.js";
import { websocat } from "./websocat.js";
import { websocketClient } from "./websocket-client.js";
import { websockets } from "./websockets.js";

const TRACE_STYLES: readonly TraceStyle[] = [curl, socat, websocketClient, websockets, websocat];

/** Logs of programs that print the bytes they send and receive. */
export const trace: CaptureFormat = {
  name: "trace",
  reads: "logs of curl --trace, socat -x, websocket-client, websockets, websocat",
  probe,
  open: (sink) => new LineReader(new TraceReader(sink)),
};

function probe({ text }: Sample): Fit | null {
  if (text === null) return null;
  for (const style of TRACE_STYLES) {
    const why = style.probe(text);
    if (why !== null) return { fit: "sure", why };
  }
  return null;
}

/** Detects the program by the first line in a known format. */
class TraceReader implements LineReceiver {
  readonly #sink: TrafficSink;
  #reader: LineReceiver | null = null;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  line(line: Line): void {
    this.#reader ??= TRACE_STYLES.find((style) => style.isTraceLine(line.text))?.open(this.#sink) ?? null;
    this.#reader?.line(line);
  }

  end(): void {
    if (this.#reader === null) {
      throw new InputError(
        "the input has no trace in a known form",
        null,
        "record one with curl --trace FILE, socat -x or websocket.enableTrace(True)",
      );
    }
    this.#reader.end();
  }
}
