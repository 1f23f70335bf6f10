import { copyBytes } from "../../../bytes/copy.js";
import { createDataView, readUint16 } from "../../../bytes/data-view.js";

/** What an IP packet carries. */
export interface IpPayload {
  /** Source and destination, 4 or 16 bytes each. */
  readonly addresses: Uint8Array;
  /** The captured part of the payload. */
  readonly bytes: Uint8Array;
  /** The length of the payload on the wire, in bytes. */
  readonly length: number;
}

/** The part of an IP packet after its header. */
interface IpContents extends IpPayload {
  /** Its protocol number: TCP, an extension header, or another IP packet. */
  readonly next: number;
}

/** A fragment of an IP packet. */
interface IpFragment extends IpContents {
  readonly key: string;
  readonly offset: number;
  readonly hasMore: boolean;
}

const TCP = 6;
/** IP packets in IP packets (RFC 2003, RFC 2473, RFC 4213). */
const TUNNELLED_IPV4 = 4;
const TUNNELLED_IPV6 = 41;
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;
/** No next header (RFC 8200 §4.7). */
const NO_NEXT_HEADER = 59;
/** The longest chain of extension headers. */
const MAX_EXTENSION_HEADERS = 16;
/** The most packets inside one another. */
const MAX_TUNNEL_DEPTH = 8;
/** How many incomplete packets are kept; the oldest are dropped first. */
const MAX_PARTIAL_PACKETS = 256;
/** The longest reassembly, in nanoseconds: later fragments belong to another packet with the same number (RFC 8200 §4.5). */
const MAX_REASSEMBLY_NANOSECONDS = 60_000_000_000n;
/** The unit of fragment offsets, in bytes. */
const FRAGMENT_UNIT_BYTES = 8;
const MAX_PACKET_BYTES = 65_536;

/** Finds the TCP segments in IPv4 and IPv6 packets, and reassembles fragmented packets. */
export class IpReader {
  readonly #partialPackets = new Map<string, PartialPacket>();
  /** A dropped packet whose large buffers the next one reuses. */
  #sparePacket: PartialPacket | null = null;
  #abandonedCount = 0;

  /** The number of packets with missing fragments. */
  get incompleteCount(): number {
    return this.#abandonedCount + this.#partialPackets.size;
  }

  /**
   * The TCP segment in a packet; `null` if it has none, or if fragments are still missing.
   *
   * @param time when it was captured, in nanoseconds
   */
  findTcpSegment(packet: Uint8Array, time: bigint | null = null): IpPayload | null {
    let inner = packet;
    for (let depth = 0; depth < MAX_TUNNEL_DEPTH; depth++) {
      const version = (inner[0] ?? 0) >> 4;
      const found = version === 4 ? parseIpv4Packet(inner) : version === 6 ? parseIpv6Packet(inner) : null;
      const whole = found !== null && isFragment(found) ? this.#assemble(found, time) : found;
      if (whole === null || whole.next === TCP) return whole;
      const { next, at } = skipExtensionHeaders(whole.bytes, whole.next, 0);
      const bytes = whole.bytes.subarray(at);
      if (next === TCP) return { ...whole, bytes, length: Math.max(0, whole.length - at) };
      if (next !== TUNNELLED_IPV4 && next !== TUNNELLED_IPV6) return null;
      inner = bytes;
    }
    return null;
  }

  /** Adds a fragment; returns the contents of the packet if it is complete. */
  #assemble(fragment: IpFragment, time: bigint | null): IpContents | null {
    const { key, addresses, next } = fragment;
    let partial = this.#partialPackets.get(key);
    if (partial?.isStale(time)) {
      this.#abandon(key, partial);
      partial = undefined;
    }
    if (partial === undefined) {
      const [oldest] = this.#partialPackets;
      if (this.#partialPackets.size === MAX_PARTIAL_PACKETS && oldest !== undefined) this.#abandon(...oldest);
      partial = this.#sparePacket ?? new PartialPacket();
      this.#sparePacket = null;
      partial.begin(time);
      this.#partialPackets.set(key, partial);
    }
    const bytes = partial.add(fragment);
    if (bytes === null) return null;
    this.#partialPackets.delete(key);
    return { addresses: copyBytes(addresses), bytes, length: bytes.length, next };
  }

  #abandon(key: string, partial: PartialPacket): void {
    this.#partialPackets.delete(key);
    this.#sparePacket = partial;
    this.#abandonedCount++;
  }
}

/** A packet with missing fragments. */
class PartialPacket {
  #startedAt: bigint | null = null;
  readonly #bytes = new Uint8Array(MAX_PACKET_BYTES);
  /** Which units are received: the first copy of a unit is used. */
  readonly #receivedUnits = new Uint8Array(MAX_PACKET_BYTES / FRAGMENT_UNIT_BYTES);
  /** The number of units before the first hole. */
  #contiguousUnits = 0;
  /** Its length in bytes; `null` until the last fragment is received. */
  #length: number | null = null;

  /** Starts another packet. */
  begin(time: bigint | null): void {
    this.#startedAt = time;
    this.#receivedUnits.fill(0);
    this.#contiguousUnits = 0;
    this.#length = null;
  }

  isStale(now: bigint | null): boolean {
    return now !== null && this.#startedAt !== null && now - this.#startedAt > MAX_REASSEMBLY_NANOSECONDS;
  }

  /** Adds a fragment; returns the bytes of the packet if it is complete. */
  add({ offset, bytes, hasMore }: IpFragment): Uint8Array | null {
    const end = offset + bytes.length;
    if (end > MAX_PACKET_BYTES) return null;
    if (!hasMore) this.#length ??= end;
    // An incomplete unit is the last of the packet, or the capture cut it.
    const whole = hasMore ? end - FRAGMENT_UNIT_BYTES + 1 : end;
    for (let at = offset; at < whole; at += FRAGMENT_UNIT_BYTES) {
      if (this.#receivedUnits[at / FRAGMENT_UNIT_BYTES] === 1) continue;
      this.#receivedUnits[at / FRAGMENT_UNIT_BYTES] = 1;
      this.#bytes.set(bytes.subarray(at - offset, at - offset + FRAGMENT_UNIT_BYTES), at);
    }
    while (this.#receivedUnits[this.#contiguousUnits] === 1) this.#contiguousUnits++;
    const isWhole = this.#length !== null && this.#contiguousUnits * FRAGMENT_UNIT_BYTES >= this.#length;
    return isWhole ? this.#bytes.subarray(0, this.#length as number) : null;
  }
}

function parseIpv4Packet(packet: Uint8Array): IpContents | IpFragment | null {
  const headerLength = ((packet[0] as number) & 15) * 4;
  if (packet.length < 20 || headerLength < 20 || packet.length < headerLength) return null;
  const next = packet[9] as number;
  if (!mayCarryTcp(next)) return null;
  const addresses = packet.subarray(12, 20);
  // With segmentation offload the length may be 0: then everything that was captured belongs to the packet.
  const total = readUint16(packet, 2) || packet.length;
  const length = Math.max(0, total - headerLength);
  const bytes = packet.subarray(headerLength, headerLength + length);
  const fragment = readUint16(packet, 6);
  const more = (fragment & 0x2000) !== 0;
  const offset = (fragment & 0x1fff) * 8;
  const whole = { addresses, bytes, length, next };
  if (!more && offset === 0) return whole;
  return { ...whole, key: `${addresses.join()} ${readUint16(packet, 4)} ${next}`, offset, hasMore: more };
}

function parseIpv6Packet(packet: Uint8Array): IpContents | IpFragment | null {
  if (packet.length < 40) return null;
  const fields = createDataView(packet);
  const addresses = packet.subarray(8, 40);
  const total = fields.getUint16(4) === 0 ? packet.length : 40 + fields.getUint16(4);
  const { next, at } = skipExtensionHeaders(packet, packet[6] as number, 40);
  const from = (start: number, carried: number): IpContents => {
    const length = Math.max(0, total - start);
    return { addresses, bytes: packet.subarray(start, start + length), length, next: carried };
  };
  if (next !== FRAGMENT) return mayCarryTcp(next) ? from(at, next) : null;
  if (at + 8 > packet.length) return null;
  const where = fields.getUint16(at + 2);
  const [offset, more] = [where & 0xfff8, (where & 1) !== 0];
  // The protocol may be unknown until the packet is complete, because it is behind other headers.
  const carried = packet[at] as number;
  if (!mayCarryTcp(carried)) return null;
  const payload = from(at + 8, carried);
  if (offset === 0 && !more) return payload;
  return { ...payload, offset, hasMore: more, key: `${addresses.join()} ${fields.getUint32(at + 4)}` };
}

/** Whether TCP may follow a header of this protocol. */
function mayCarryTcp(protocol: number): boolean {
  if (protocol === TCP || protocol === TUNNELLED_IPV4 || protocol === TUNNELLED_IPV6) return true;
  return extensionHeaderSize(protocol, 0) !== null;
}

/** The protocol after a chain of extension headers, and its offset. */
function skipExtensionHeaders(bytes: Uint8Array, first: number, start: number): { next: number; at: number } {
  let next = first;
  let at = start;
  for (let headers = 0; next !== TCP && next !== FRAGMENT; headers++) {
    if (headers === MAX_EXTENSION_HEADERS || at + 8 > bytes.length) return { next: NO_NEXT_HEADER, at };
    const size = extensionHeaderSize(next, bytes[at + 1] as number);
    if (size === null) return { next, at };
    next = bytes[at] as number;
    at += size;
  }
  return { next, at };
}

/** The length of an extension header in bytes; `null` for other protocols. */
function extensionHeaderSize(type: number, length: number): number | null {
  if (type === FRAGMENT) return 8;
  if (type === AUTHENTICATION) return (length + 2) * 4;
  return [HOP_BY_HOP, ROUTING, DESTINATION, MOBILITY].includes(type) ? (length + 1) * 8 : null;
}

function isFragment(payload: IpContents | IpFragment): payload is IpFragment {
  return "key" in payload;
}
