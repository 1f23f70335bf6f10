import type { CaptureSink } from "../../protocol/traffic.js";
import type { NotationReader } from "../notation/notation.js";
import type { CaptureFormat } from "./capture-format.js";
import { follow } from "./follow/follow.js";
import { har } from "./messages/har.js";
import { mitmproxy } from "./messages/mitmproxy.js";
import { connectionsOf } from "./net/packet-streams.js";
import { openPackets, PACKETS_NAME, PACKETS_READS, probePackets } from "./packet-text/packet-dump.js";
import { PcapReader, pcapLayout } from "./pcap/pcap.js";
import { isPcapng, PcapngReader } from "./pcap/pcapng.js";
import { trace } from "./trace/trace.js";

/** Which of the two a file is, its first bytes say. */
const MAGIC_SIZE = 4;

class PcapOrPcapng implements NotationReader {
  readonly #sink: CaptureSink;
  #reader: NotationReader | null = null;
  #start: Uint8Array = new Uint8Array(0);

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  push(input: Uint8Array): void {
    if (this.#reader !== null) {
      this.#reader.push(input);
      return;
    }
    this.#start = Buffer.concat([this.#start, input]);
    if (this.#start.length >= MAGIC_SIZE) this.#begin().push(this.#start);
  }

  end(): void {
    (this.#reader ?? this.#begin()).end();
  }

  #begin(): NotationReader {
    const ng = isPcapng(this.#start);
    this.#reader = connectionsOf(this.#sink, (out, say) =>
      ng ? new PcapngReader(out, say) : new PcapReader(out, say),
    );
    return this.#reader;
  }
}

const pcap: CaptureFormat = {
  name: "pcap",
  reads: "pcap and pcapng, gzip'd or not",
  probe({ bytes }) {
    const known = pcapLayout(bytes) !== undefined || isPcapng(bytes);
    return known ? { fit: "sure", why: "the magic number of a capture" } : null;
  },
  open: (sink) => new PcapOrPcapng(sink),
};

const packets: CaptureFormat = {
  name: PACKETS_NAME,
  reads: PACKETS_READS,
  probe: probePackets,
  open: (sink) => connectionsOf(sink, openPackets),
};

/** The formats of captures, in the order in which they are tried. */
export const CAPTURES: readonly CaptureFormat[] = [pcap, mitmproxy, har, follow, packets, trace];
