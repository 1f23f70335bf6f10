/** Captures for tests: a TCP connection's segments, as a pcap file of raw IP packets. */

/** The differences from an ordinary client segment with data. */
interface TestSegment {
  readonly from: "client" | "server";
  /** Relative to the side's first data byte, which has number 0. */
  readonly at: number;
  readonly data?: Uint8Array | string;
  /** The number of acknowledged bytes of the other side; `null` for no acknowledgement. */
  readonly ack?: number | null;
  readonly flags?: "syn" | "fin" | "rst";
  readonly clientPort?: number;
  readonly serverPort?: number;
  /** The number of captured bytes of the packet. */
  readonly snap?: number;
}

const FLAGS = { fin: 1, syn: 2, rst: 4 } as const;

/** The initial sequence numbers of the two sides, so close to the maximum that they wrap to 0. */
const INITIAL_SEQUENCES = { client: 0xffff_fff0, server: 0x7fff_ffff } as const;

/** A segment as an IPv4 packet. */
export function buildPacket({
  from,
  at,
  data = "",
  ack = 0,
  flags,
  clientPort = 40_000,
  serverPort = 8080,
}: TestSegment): Buffer {
  const payload = Buffer.from(data as string);
  const bytes = Buffer.alloc(40 + payload.length);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(bytes.length, 2);
  bytes[8] = 64;
  bytes[9] = 6;
  const [client, server] = [
    [10, 0, 0, 1],
    [10, 0, 0, 2],
  ];
  bytes.set((from === "client" ? client : server) as number[], 12);
  bytes.set((from === "client" ? server : client) as number[], 16);
  bytes.writeUInt16BE(from === "client" ? clientPort : serverPort, 20);
  bytes.writeUInt16BE(from === "client" ? serverPort : clientPort, 22);
  const other = from === "client" ? "server" : "client";
  // A SYN has the number before that of the first byte.
  bytes.writeUInt32BE((INITIAL_SEQUENCES[from] + at - (flags === "syn" ? 1 : 0)) >>> 0, 24);
  bytes.writeUInt32BE(ack === null ? 0 : (INITIAL_SEQUENCES[other] + ack) >>> 0, 28);
  bytes[32] = 0x50;
  bytes[33] = (ack === null ? 0 : 0x10) | (flags === undefined ? 0 : FLAGS[flags]);
  payload.copy(bytes, 40);
  return bytes;
}

/** A pcap file of raw IP packets, a millisecond apart. */
export function buildSegmentPcap(segments: readonly TestSegment[]): Buffer {
  return buildPcapFile(segments.map((segment) => ({ bytes: buildPacket(segment), snap: segment.snap })));
}

/** A pcap file of any packets, a millisecond apart, of which `snap` bytes each were captured. */
export function buildPcapFile(
  packets: readonly { readonly bytes: Uint8Array; readonly snap?: number | undefined }[],
  linkType = 101,
): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(linkType, 20);
  const records = packets.map(({ bytes, snap }, index) => {
    const kept = bytes.subarray(0, snap ?? bytes.length);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_795_194_102 + Math.floor(index / 1000), 0);
    record.writeUInt32LE((index % 1000) * 1000, 4);
    record.writeUInt32LE(kept.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, kept]);
  });
  return Buffer.concat([header, ...records]);
}

export type { TestSegment };
