import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { CaptureSink, ConnectionTap, Side } from "../../../protocol/traffic.js";

/** What Wireshark writes in place of bytes that the capture lacks, with a NUL or a full stop behind it. */
const MARKER = /^\[(\d{1,10}) bytes missing in capture file\][.\0]?$/;
const MARKER_TEXT = " bytes missing in capture file]";
const LONGEST_MARKER = 64;
const OPENING = 0x5b;

/** The connection that is being followed. Several may come one after the other. */
export class FollowedStream {
  readonly #sink: CaptureSink;
  #endpoints: readonly [string, string] | null = null;
  #tap: ConnectionTap | null = null;
  #connections = 0;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  /** Connections that had data. */
  get connections(): number {
    return this.#connections;
  }

  /** Another connection begins; its ends, where they are known. */
  begin(endpoints: readonly [string, string] | null): void {
    this.end();
    this.#endpoints = endpoints;
  }

  /** A chunk, as it stands in the input: data, or the word that some are missing. */
  chunk(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    const missing = bytes[0] === OPENING && bytes.length <= LONGEST_MARKER ? MARKER.exec(decodeLatin1(bytes)) : null;
    // The packet at which a loss is noticed is not one that was lost, and its time may be zero.
    if (missing !== null) this.gap(side, Number(missing[1]), { ...at, time: at.time === 0n ? null : at.time });
    else if (bytes.length > 0) this.#opened().data(side, bytes, at);
  }

  gap(side: Side, length: number, at: PacketTimestamp): void {
    if (length > 0) this.#opened().gap(side, length, at);
  }

  end(): void {
    this.#tap?.end();
    this.#tap = null;
    this.#endpoints = null;
  }

  #opened(): ConnectionTap {
    if (this.#tap === null) {
      this.#connections++;
      // Wireshark's first node spoke first; that it opened the connection is not said.
      this.#tap = this.#sink.connection({ endpoints: this.#endpoints, openerSeen: false });
    }
    return this.#tap;
  }
}

/** Whether bytes may be the beginning of the word that some are missing, with more of it to come. */
export function beginsMarker(bytes: Uint8Array): boolean {
  if (bytes[0] !== OPENING || bytes.length >= LONGEST_MARKER) return false;
  const [digits = ""] = /^\d{0,10}/.exec(decodeLatin1(bytes, 1)) ?? [];
  const rest = decodeLatin1(bytes, 1 + digits.length);
  return rest === "" || (digits !== "" && (MARKER_TEXT.startsWith(rest) || rest === MARKER_TEXT));
}
