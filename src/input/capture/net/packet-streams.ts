import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { formatCount } from "../../../bytes/size.js";
import type { TrafficSink } from "../../../protocol/traffic.js";
import type { NotationReader } from "../../notation/notation.js";
import { findIpOffset, isKnownLinkType } from "../pcap/link-layer.js";
import { NO_TIMESTAMP } from "../time/timestamp.js";
import { IpReader } from "./ip.js";
import type { Packet, PacketSink } from "./packet.js";
import { TcpReassembly } from "./tcp-reassembly.js";

/** Reassembles the TCP streams of packets. */
export class PacketStreams {
  readonly #sink: TrafficSink;
  readonly #ip = new IpReader();
  readonly #tcp: TcpReassembly;
  readonly #unknownLinkTypes = new Set<number>();
  #lastTimestamp: PacketTimestamp = NO_TIMESTAMP;

  constructor(sink: TrafficSink) {
    this.#sink = sink;
    this.#tcp = new TcpReassembly(sink);
  }

  /** The next packet. */
  addPacket({ linkType, bytes, at }: Packet): void {
    this.#lastTimestamp = at;
    const offset = findIpOffset(linkType, bytes);
    if (offset < 0 && !isKnownLinkType(linkType)) this.#noteUnknownLinkType(linkType);
    if (offset < 0 || offset >= bytes.length) return;
    const segment = this.#ip.findTcpSegment(bytes.subarray(offset), at.time);
    if (segment !== null) this.#tcp.addSegment(segment, at);
  }

  /** The capture is over. */
  end(): void {
    this.#tcp.end(this.#lastTimestamp);
    const { incompleteCount } = this.#ip;
    if (incompleteCount > 0)
      this.#sink.note(`${formatCount(incompleteCount, "IP packet")} skipped: some of their fragments are missing`);
  }

  #noteUnknownLinkType(linkType: number): void {
    if (this.#unknownLinkTypes.has(linkType)) return;
    this.#unknownLinkTypes.add(linkType);
    this.#sink.note(
      `packets of link type ${linkType} skipped: only Ethernet, Linux cooked, raw IP and loopback can be read`,
    );
  }
}

/** Turns a reader of packets into a reader of their connections. */
export function createConnectionReader(
  sink: TrafficSink,
  open: (out: PacketSink, note: (line: string) => void) => NotationReader,
): NotationReader {
  const streams = new PacketStreams(sink);
  const reader = open(
    (packet) => streams.addPacket(packet),
    (line) => sink.note(line),
  );
  return {
    push: (input) => reader.push(input),
    end() {
      try {
        reader.end();
      } finally {
        streams.end();
      }
    },
  };
}
