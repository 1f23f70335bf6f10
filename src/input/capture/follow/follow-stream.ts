import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ConnectionReceiver, Side, TrafficSink } from "../../../protocol/traffic.js";

/** The marker that Wireshark writes in place of missing bytes, followed by a NUL or a full stop. */
const MISSING_BYTES_MARKER = /^\[(\d{1,10}) bytes missing in capture file\][.\0]?$/;
const MARKER_SUFFIX = " bytes missing in capture file]";
const MAX_MARKER_BYTES = 64;
const OPENING_BRACKET = 0x5b;

/** The followed connection. An input may have several in a row. */
export class FollowedStream {
  readonly #sink: TrafficSink;
  #endpoints: readonly [string, string] | null = null;
  #receiver: ConnectionReceiver | null = null;
  #connectionCount = 0;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  /** Connections that had data. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Starts another connection, with its ends if they are known. */
  beginConnection(endpoints: readonly [string, string] | null): void {
    this.endConnection();
    this.#endpoints = endpoints;
  }

  /** Reads a chunk of the input: data, or the marker for missing bytes. */
  addChunk(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    const missing =
      bytes[0] === OPENING_BRACKET && bytes.length <= MAX_MARKER_BYTES
        ? MISSING_BYTES_MARKER.exec(decodeLatin1(bytes))
        : null;
    // The packet at which Wireshark notices a loss was not lost itself, and its time may be zero.
    if (missing !== null) this.addGap(side, Number(missing[1]), { ...at, time: at.time === 0n ? null : at.time });
    else if (bytes.length > 0) this.#openConnection().data(side, bytes, at);
  }

  addGap(side: Side, length: number, at: PacketTimestamp): void {
    if (length > 0) this.#openConnection().gap(side, length, at);
  }

  endConnection(): void {
    this.#receiver?.end();
    this.#receiver = null;
    this.#endpoints = null;
  }

  #openConnection(): ConnectionReceiver {
    if (this.#receiver === null) {
      this.#connectionCount++;
      // Wireshark's first node sent first, but it is unknown whether it opened the connection.
      this.#receiver = this.#sink.connection({ endpoints: this.#endpoints, isOpenerKnown: false });
    }
    return this.#receiver;
  }
}

/** Whether bytes may be the start of an incomplete marker for missing bytes. */
export function mayStartMarker(bytes: Uint8Array): boolean {
  if (bytes[0] !== OPENING_BRACKET || bytes.length >= MAX_MARKER_BYTES) return false;
  const [digits = ""] = /^\d{0,10}/.exec(decodeLatin1(bytes, 1)) ?? [];
  const rest = decodeLatin1(bytes, 1 + digits.length);
  return rest === "" || (digits !== "" && (MARKER_SUFFIX.startsWith(rest) || rest === MARKER_SUFFIX));
}
