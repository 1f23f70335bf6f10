import type { TrafficSink } from "../../protocol/traffic.js";
import type { NotationReader } from "../notation/notation.js";
import type { CaptureFormat } from "./capture-format.js";
import { follow } from "./follow/follow.js";
import { har } from "./messages/har.js";
import { mitmproxy } from "./messages/mitmproxy.js";
import { createConnectionReader } from "./net/packet-streams.js";
import { openPacketText, PACKETS_DESCRIPTION, PACKETS_NAME, probePackets } from "./packet-text/packet-dump.js";
import { findPcapLayout, PCAP_MAGICS, PcapReader } from "./pcap/pcap.js";
import { isPcapng, PCAPNG_MAGIC, PcapngReader } from "./pcap/pcapng.js";
import { trace } from "./trace/trace.js";

/** The number of bytes that distinguish pcap from pcapng. */
const MAGIC_BYTES = 4;

class PcapFileReader implements NotationReader {
  readonly #sink: TrafficSink;
  #reader: NotationReader | null = null;
  #startBytes: Uint8Array = new Uint8Array(0);

  constructor(sink: TrafficSink) {
    this.#sink = sink;
  }

  push(input: Uint8Array): void {
    if (this.#reader !== null) {
      this.#reader.push(input);
      return;
    }
    this.#startBytes = Buffer.concat([this.#startBytes, input]);
    if (this.#startBytes.length >= MAGIC_BYTES) this.#openReader().push(this.#startBytes);
  }

  end(): void {
    (this.#reader ?? this.#openReader()).end();
  }

  #openReader(): NotationReader {
    const ng = isPcapng(this.#startBytes);
    this.#reader = createConnectionReader(this.#sink, (out, note) =>
      ng ? new PcapngReader(out, note) : new PcapReader(out, note),
    );
    return this.#reader;
  }
}

/** Whether bytes are the start of a magic number of pcap or pcapng. */
function isMagicStart(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes).toString("hex");
  return [...PCAP_MAGICS, PCAPNG_MAGIC].some((magic) => magic.startsWith(start));
}

const pcap: CaptureFormat = {
  name: "pcap",
  reads: "pcap and pcapng, also gzip-compressed",
  probe({ bytes }) {
    const known = findPcapLayout(bytes) !== undefined || isPcapng(bytes);
    return known ? { fit: "sure", why: "the magic number of a capture file" } : null;
  },
  mayStartWith: (bytes) => bytes.length < MAGIC_BYTES && isMagicStart(bytes),
  open: (sink) => new PcapFileReader(sink),
};

const packets: CaptureFormat = {
  name: PACKETS_NAME,
  reads: PACKETS_DESCRIPTION,
  probe: probePackets,
  open: (sink) => createConnectionReader(sink, openPacketText),
};

/** The formats of captures, in the order in which they are tried. */
export const CAPTURE_FORMATS: readonly CaptureFormat[] = [pcap, mitmproxy, har, follow, packets, trace];
