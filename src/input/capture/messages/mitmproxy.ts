import { ByteQueue } from "../../../bytes/byte-queue.js";
import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { TrafficSink } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import type { Fit, NotationReader, Sample } from "../../notation/notation.js";
import type { CaptureFormat } from "../capture-format.js";
import { FlowConverter } from "./mitmproxy-flow.js";
import { MAX_LENGTH_PREFIX_BYTES, parseTnet, parseTnetLength, TnetFault } from "./tnetstring.js";

/** Flow files of mitmproxy: their WebSocket messages. */
export const mitmproxy: CaptureFormat = {
  name: "mitmproxy",
  reads: "flow files of mitmproxy: their WebSocket messages",
  probe,
  open: (sink) => new FlowReader(sink),
};

const HINT = "save a flow file with -w of mitmproxy, mitmdump or mitmweb (for their HAR files: --from har)";
/** The largest flow, in bytes. Only one flow at a time is in memory, so files may be larger. */
const MAX_FLOW_BYTES = 256 * 1024 * 1024;

/** The possible first keys of a flow: each version of mitmproxy has another order. */
const FLOW_START =
  /^[1-9]\d{0,11}:(\d{1,2}):(backup|client_conn|comment|error|id|intercepted|is_replay|marked|metadata|mode|request|response|server_conn|timestamp_created|type|version|websocket|messages|handshake_flow)[,;]/;

function probe({ bytes }: Sample): Fit | null {
  const start = decodeLatin1(bytes, 0, 64);
  const [, length, key] = FLOW_START.exec(start) ?? [];
  return key !== undefined && Number(length) === key.length ? { fit: "sure", why: "a flow of mitmproxy" } : null;
}

/** Reads a file flow by flow; only the current one is in memory. */
class FlowReader implements NotationReader {
  readonly #converter: FlowConverter;
  readonly #queue = new ByteQueue();
  /** The length of the open flow in bytes, including its length prefix and type; 0 while unknown. */
  #flowLength = 0;
  #offset = 0;

  constructor(sink: TrafficSink) {
    this.#converter = new FlowConverter(sink);
  }

  push(input: Uint8Array): void {
    this.#queue.push(input);
    while (this.#readFlow());
    this.#queue.retain();
  }

  end(): void {
    const left = this.#queue.length;
    if (left > 0) {
      throw this.#buildError(
        "the last flow is truncated",
        left,
        "let mitmproxy finish writing, or save the flows again",
      );
    }
    this.#converter.end();
  }

  /** Reads the next flow; false if it is incomplete. */
  #readFlow(): boolean {
    if (this.#flowLength === 0 && !this.#readFlowLength()) return false;
    if (this.#queue.length < this.#flowLength) return false;
    const bytes = this.#queue.take(this.#flowLength);
    this.#convertFaults(() => {
      const [value] = parseTnet(bytes, 0, bytes.length);
      if (value.kind !== "dict") throw this.#buildError("this is not a flow", 0, HINT);
      this.#converter.addFlow(value.entries);
    });
    this.#offset += bytes.length;
    this.#flowLength = 0;
    return true;
  }

  /** Reads the length of the flow; false if more bytes are needed. */
  #readFlowLength(): boolean {
    const frame = this.#convertFaults(() => parseTnetLength(this.#queue.peek(MAX_LENGTH_PREFIX_BYTES), 0));
    if (frame === null) return false;
    this.#flowLength = frame.start + frame.length + 1;
    if (this.#flowLength <= MAX_FLOW_BYTES) return true;
    throw this.#buildError("a flow is longer than 256 MiB", 0, "save the flows without their HTTP bodies");
  }

  #convertFaults<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (error instanceof TnetFault) throw this.#buildError(error.message, error.offset, HINT);
      throw error;
    }
  }

  /** An error at an offset of the open flow: such a file has no lines. */
  #buildError(message: string, offset: number, hint: string): InputError {
    return new InputError(message, { offset: this.#offset + offset, line: 1, column: 1, excerpt: "" }, hint);
  }
}
