import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { formatCount } from "../../../bytes/size.js";
import type { CaptureSink } from "../../../protocol/traffic.js";
import type { NotationReader } from "../../notation/notation.js";
import { NO_MOMENT } from "../moments.js";
import type { Packet, PacketSink } from "../packet.js";
import { ipOffset, isKnownLinkType } from "../pcap/link-layer.js";
import { IpReader } from "./ip.js";
import { TcpReader } from "./tcp-reassembly.js";

/** Reads packets into the TCP streams that they carry. */
export class PacketStreams {
  readonly #sink: CaptureSink;
  readonly #ip = new IpReader();
  readonly #tcp: TcpReader;
  readonly #unknown = new Set<number>();
  #last: PacketTimestamp = NO_MOMENT;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
    this.#tcp = new TcpReader(sink);
  }

  /** The next packet. */
  packet({ linkType, bytes, at }: Packet): void {
    this.#last = at;
    const offset = ipOffset(linkType, bytes);
    if (offset < 0 && !isKnownLinkType(linkType)) this.#sayUnknown(linkType);
    if (offset < 0 || offset >= bytes.length) return;
    const segment = this.#ip.tcp(bytes.subarray(offset), at.time);
    if (segment !== null) this.#tcp.segment(segment, at);
  }

  /** The capture is over. */
  end(): void {
    this.#tcp.end(this.#last);
    const { incomplete } = this.#ip;
    if (incomplete > 0)
      this.#sink.say(
        `${formatCount(incomplete, "IP packet")} sent in parts ${incomplete === 1 ? "is" : "are"} left out: some parts are missing`,
      );
  }

  #sayUnknown(linkType: number): void {
    if (this.#unknown.has(linkType)) return;
    this.#unknown.add(linkType);
    this.#sink.say(
      `packets of link type ${linkType} are left out: Ethernet, Linux cooked, raw IP and loopback are read`,
    );
  }
}

/** A reader of a file of packets, as a reader of the connections that they carry. */
export function connectionsOf(
  sink: CaptureSink,
  open: (out: PacketSink, say: (line: string) => void) => NotationReader,
): NotationReader {
  const streams = new PacketStreams(sink);
  const reader = open(
    (packet) => streams.packet(packet),
    (line) => sink.say(line),
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
