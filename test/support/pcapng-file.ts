/** A packet of a pcapng file, parsed independently of src/ to verify recordings. */
export interface PcapngPacket {
  readonly version: 4 | 6;
  readonly payload: Buffer;
  /** Whether the checksums of the IP header, if it has one, and of the TCP segment are correct. */
  readonly hasValidChecksums: boolean;
  readonly flags: { readonly syn: boolean; readonly fin: boolean; readonly rst: boolean };
  readonly sequence: number;
  readonly acknowledges: number;
  /** Microseconds since 1970. */
  readonly time: bigint;
}

const ENHANCED_PACKET_BLOCK = 6;

/** The packets of a little-endian pcapng file of raw IP. */
export function readPcapngPackets(file: Buffer): PcapngPacket[] {
  const packets: PcapngPacket[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    if (length % 4 !== 0 || file.readUInt32LE(at + length - 4) !== length) throw new Error(`a block is torn at ${at}`);
    if (file.readUInt32LE(at) === ENHANCED_PACKET_BLOCK) {
      const captured = file.readUInt32LE(at + 20);
      const time = (BigInt(file.readUInt32LE(at + 12)) << 32n) | BigInt(file.readUInt32LE(at + 16));
      packets.push({ ...parsePacket(file.subarray(at + 28, at + 28 + captured)), time });
    }
    at += length;
  }
  return packets;
}

function parsePacket(bytes: Buffer): Omit<PcapngPacket, "time"> {
  const version = (bytes[0] as number) >> 4 === 4 ? 4 : 6;
  const start = version === 4 ? 20 : 40;
  const announced = version === 4 ? bytes.readUInt16BE(2) : start + bytes.readUInt16BE(4);
  if (announced !== bytes.length) throw new Error(`a packet of ${bytes.length} bytes says ${announced}`);
  const segment = bytes.subarray(start);
  const addresses = version === 4 ? bytes.subarray(12, 20) : bytes.subarray(8, 40);
  const pseudo = Buffer.concat([addresses, Buffer.of(0, 6), Buffer.alloc(2), segment]);
  pseudo.writeUInt16BE(segment.length, addresses.length + 2);
  const flags = segment[13] as number;
  return {
    version,
    payload: segment.subarray((segment[12] as number) >> 2),
    hasValidChecksums:
      onesComplementSum(pseudo) === 0xffff && (version === 6 || onesComplementSum(bytes.subarray(0, 20)) === 0xffff),
    flags: { fin: (flags & 1) !== 0, syn: (flags & 2) !== 0, rst: (flags & 4) !== 0 },
    sequence: segment.readUInt32BE(4),
    acknowledges: segment.readUInt32BE(8),
  };
}

/** The ones' complement sum of all words (RFC 1071): 0xffff if the included checksum is correct. */
function onesComplementSum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}
