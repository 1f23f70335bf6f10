/** The control bits of a TCP segment (RFC 9293 §3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** What a packet is built from. */
export interface TcpPacketFields {
  /** Addresses of 4 bytes each, or of 16 bytes each. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly ports: readonly [source: number, destination: number];
  readonly sequence: number;
  /** Has a meaning with {@link ACK} in `flags`. */
  readonly acknowledged: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** Bytes that the payload had on the wire, where a part of it is missing; those of `payload` when left out. */
  readonly wireLength?: number;
}

const TCP = 6;
const TCP_HEADER_BYTES = 20;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const MAX_LENGTH_FIELD = 0xffff;
const DO_NOT_FRAGMENT = 0x4000;
const RECEIVE_WINDOW = 65535;
const HOP_LIMIT = 64;

/** Builds an IP packet with one TCP segment. A length that does not fit its field is 0, as segmentation offload leaves it. */
export function buildTcpPacket(fields: TcpPacketFields): Uint8Array {
  const { source, destination, ports, sequence, acknowledged, flags, payload } = fields;
  const length = TCP_HEADER_BYTES + (fields.wireLength ?? payload.length);
  const start = source.length === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  const bytes = new Uint8Array(start + TCP_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  if (source.length === 4) writeIpv4Header(view, source, destination, length);
  else writeIpv6Header(view, source, destination, length);
  view.setUint16(start, ports[0]);
  view.setUint16(start + 2, ports[1]);
  view.setUint32(start + 4, sequence);
  view.setUint32(start + 8, acknowledged);
  view.setUint8(start + 12, (TCP_HEADER_BYTES / 4) << 4);
  view.setUint8(start + 13, flags);
  view.setUint16(start + 14, RECEIVE_WINDOW);
  bytes.set(payload, start + TCP_HEADER_BYTES);
  // The checksum covers the addresses, the protocol and the length, too (RFC 9293 §3.1).
  const pseudoHeader = sumWords(source) + sumWords(destination) + TCP + length;
  view.setUint16(start + 16, computeChecksum(pseudoHeader + sumWords(bytes.subarray(start))));
  return bytes;
}

/** RFC 791 §3.1 */
function writeIpv4Header(view: DataView, source: Uint8Array, destination: Uint8Array, length: number): void {
  view.setUint8(0, 0x45);
  view.setUint16(2, fitLength(IPV4_HEADER_BYTES + length));
  view.setUint16(6, DO_NOT_FRAGMENT);
  view.setUint8(8, HOP_LIMIT);
  view.setUint8(9, TCP);
  writeAddresses(view, 12, source, destination);
  view.setUint16(10, computeChecksum(sumWords(new Uint8Array(view.buffer, 0, IPV4_HEADER_BYTES))));
}

/** RFC 8200 §3 */
function writeIpv6Header(view: DataView, source: Uint8Array, destination: Uint8Array, length: number): void {
  view.setUint8(0, 0x60);
  view.setUint16(4, fitLength(length));
  view.setUint8(6, TCP);
  view.setUint8(7, HOP_LIMIT);
  writeAddresses(view, 8, source, destination);
}

function fitLength(length: number): number {
  return length > MAX_LENGTH_FIELD ? 0 : length;
}

function writeAddresses(view: DataView, at: number, source: Uint8Array, destination: Uint8Array): void {
  const bytes = new Uint8Array(view.buffer);
  bytes.set(source, at);
  bytes.set(destination, at + source.length);
}

/** The sum of 16-bit words (RFC 1071). */
function sumWords(bytes: Uint8Array): number {
  let total = 0;
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  return even === bytes.length ? total : total + ((bytes[even] as number) << 8);
}

function computeChecksum(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
