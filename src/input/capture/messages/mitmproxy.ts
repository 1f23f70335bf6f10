import { ByteQueue } from "../../../bytes/byte-queue.js";
import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { CaptureSink } from "../../../protocol/traffic.js";
import { InputError } from "../../input-error.js";
import type { Fit, NotationReader, Sample } from "../../notation/notation.js";
import type { CaptureFormat } from "../capture-format.js";
import { FlowTeller } from "./mitmproxy-flow.js";
import { LONGEST_LENGTH, readTnet, readTnetLength, TnetFault } from "./tnetstring.js";

/** mitmproxy's flow files: the messages of its WebSockets. */
export const mitmproxy: CaptureFormat = {
  name: "mitmproxy",
  reads: "mitmproxy's flow files: the messages of their WebSockets",
  probe,
  open: (sink) => new FlowReader(sink),
};

const HINT = "a flow file is what mitmproxy, mitmdump or mitmweb save with -w; a HAR of theirs: --from har";
/** A flow is read as a whole; files may be larger. */
const LARGEST = 256 * 1024 * 1024;

/** The keys with which a flow may begin, its version's order being another each time. */
const FIRST =
  /^[1-9]\d{0,11}:(\d{1,2}):(backup|client_conn|comment|error|id|intercepted|is_replay|marked|metadata|mode|request|response|server_conn|timestamp_created|type|version|websocket|messages|handshake_flow)[,;]/;

function probe({ bytes }: Sample): Fit | null {
  const start = decodeLatin1(bytes, 0, 64);
  const [, length, key] = FIRST.exec(start) ?? [];
  return key !== undefined && Number(length) === key.length ? { fit: "sure", why: "a flow of mitmproxy" } : null;
}

/** Reads flow after flow; only the one that is coming in is in memory. */
class FlowReader implements NotationReader {
  readonly #teller: FlowTeller;
  readonly #queue = new ByteQueue();
  /** Bytes of the open flow, length and type included; 0 while that is not known. */
  #needed = 0;
  #offset = 0;

  constructor(sink: CaptureSink) {
    this.#teller = new FlowTeller(sink);
  }

  push(input: Uint8Array): void {
    this.#queue.push(input);
    while (this.#flow());
    this.#queue.retain();
  }

  end(): void {
    const left = this.#queue.length;
    if (left > 0) {
      throw this.#fault("the last flow is cut", left, "let mitmproxy finish writing, or save the flows anew");
    }
    this.#teller.end();
  }

  /** Reads the next flow; false when not all of it is there. */
  #flow(): boolean {
    if (this.#needed === 0 && !this.#measure()) return false;
    if (this.#queue.length < this.#needed) return false;
    const bytes = this.#queue.take(this.#needed);
    this.#within(() => {
      const [value] = readTnet(bytes, 0, bytes.length);
      if (value.kind !== "dict") throw this.#fault("this is no flow", 0, HINT);
      this.#teller.flow(value.entries);
    });
    this.#offset += bytes.length;
    this.#needed = 0;
    return true;
  }

  /** Finds out how long the flow is; false when more must be seen. */
  #measure(): boolean {
    const frame = this.#within(() => readTnetLength(this.#queue.peek(LONGEST_LENGTH), 0));
    if (frame === null) return false;
    this.#needed = frame.start + frame.length + 1;
    if (this.#needed <= LARGEST) return true;
    throw this.#fault("a flow of more than 256 MiB", 0, "a flow is read as a whole; leave out its bodies");
  }

  #within<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      if (error instanceof TnetFault) throw this.#fault(error.message, error.offset, HINT);
      throw error;
    }
  }

  /** What is wrong at an offset of the open flow: such a file has no lines. */
  #fault(message: string, offset: number, hint: string): InputError {
    return new InputError(message, { offset: this.#offset + offset, line: 1, column: 1, excerpt: "" }, hint);
  }
}
