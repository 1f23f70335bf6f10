import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";

/** A packet as it was captured. */
export interface Packet {
  /** The link layer's type, as pcap numbers it: 1 Ethernet, 101 raw IP, 113 Linux cooked … */
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Its length on the wire, in bytes: more than `bytes` if the capture cut it. */
  readonly originalLength: number;
  readonly at: PacketTimestamp;
}

/** Receives packets in the order of the capture. */
export type PacketSink = (packet: Packet) => void;
