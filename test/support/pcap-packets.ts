import { readFileSync } from "node:fs";

/** A packet of a pcap file, parsed independently of src/ for comparison with the tools' text. */
export interface PcapPacket {
  readonly bytes: Buffer;
  readonly originalLength: number;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

/** The packets of a little-endian pcap file with microseconds, the most common form. */
export function readPcapPackets(path: string): PcapPacket[] {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error(`${path} is another kind of pcap`);
  const packets: PcapPacket[] = [];
  for (let at = 24; at < file.length; ) {
    const length = file.readUInt32LE(at + 8);
    packets.push({
      bytes: file.subarray(at + 16, at + 16 + length),
      originalLength: file.readUInt32LE(at + 12),
      time: BigInt(file.readUInt32LE(at)) * 1_000_000_000n + BigInt(file.readUInt32LE(at + 4)) * 1000n,
    });
    at += 16 + length;
  }
  return packets;
}
