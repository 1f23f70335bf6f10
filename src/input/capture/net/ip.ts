import { copyBytes } from "../../../bytes/copy.js";
import { createDataView, readUint16 } from "../../../bytes/data-view.js";

/** What an IP packet carries. */
export interface IpPayload {
  /** Source and destination, 4 or 16 bytes each. */
  readonly addresses: Uint8Array;
  /** The payload as far as it was captured. */
  readonly bytes: Uint8Array;
  /** Bytes that the payload had on the wire. */
  readonly length: number;
}

/** What stands behind the header of an IP packet. */
interface Carried extends IpPayload {
  /** What it is: TCP, a header before it, or another IP packet. */
  readonly next: number;
}

/** A part of an IP packet that was sent in several. */
interface Fragment extends Carried {
  readonly key: string;
  readonly offset: number;
  readonly more: boolean;
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
const NOTHING = 59;
/** A chain of extension headers that is longer than this leads nowhere. */
const LONGEST_CHAIN = 16;
/** Packets that are one in the other, at most. */
const DEEPEST_TUNNEL = 8;
/** So many packets in parts are kept at once; of more, the oldest are given up. */
const MOST_PARTIAL = 256;
/** Nanoseconds that a packet's parts may take; what comes later belongs to another with the same number (RFC 8200 §4.5). */
const LONGEST_ASSEMBLY = 60_000_000_000n;
/** Where a part begins is counted in units of so many bytes. */
const UNIT = 8;
const LARGEST_PACKET = 65_536;

/** Takes the TCP segments out of IP packets, version 4 and 6, and puts those together that were sent in parts. */
export class IpReader {
  readonly #partial = new Map<string, PartialPacket>();
  /** One that was given up: the next begins with its buffers, which are large. */
  #spare: PartialPacket | null = null;
  #givenUp = 0;

  /** Packets that were sent in parts, not all of which came. */
  get incomplete(): number {
    return this.#givenUp + this.#partial.size;
  }

  /**
   * The TCP segment in a packet; `null` where it carries none, or not all parts of it are there yet.
   *
   * @param time when it was captured, in nanoseconds
   */
  tcp(packet: Uint8Array, time: bigint | null = null): IpPayload | null {
    let inner = packet;
    for (let depth = 0; depth < DEEPEST_TUNNEL; depth++) {
      const version = (inner[0] ?? 0) >> 4;
      const found = version === 4 ? version4(inner) : version === 6 ? version6(inner) : null;
      const whole = found !== null && isFragment(found) ? this.#assemble(found, time) : found;
      if (whole === null || whole.next === TCP) return whole;
      const { next, at } = behindHeaders(whole.bytes, whole.next, 0);
      const bytes = whole.bytes.subarray(at);
      if (next === TCP) return { ...whole, bytes, length: Math.max(0, whole.length - at) };
      if (next !== TUNNELLED_IPV4 && next !== TUNNELLED_IPV6) return null;
      inner = bytes;
    }
    return null;
  }

  /** Keeps a part; gives the segment when that was the last one missing. */
  #assemble(fragment: Fragment, time: bigint | null): Carried | null {
    const { key, addresses, next } = fragment;
    let partial = this.#partial.get(key);
    if (partial?.isStale(time)) {
      this.#giveUp(key, partial);
      partial = undefined;
    }
    if (partial === undefined) {
      const [oldest] = this.#partial;
      if (this.#partial.size === MOST_PARTIAL && oldest !== undefined) this.#giveUp(...oldest);
      partial = this.#spare ?? new PartialPacket();
      this.#spare = null;
      partial.begin(time);
      this.#partial.set(key, partial);
    }
    const bytes = partial.add(fragment);
    if (bytes === null) return null;
    this.#partial.delete(key);
    return { addresses: copyBytes(addresses), bytes, length: bytes.length, next };
  }

  #giveUp(key: string, partial: PartialPacket): void {
    this.#partial.delete(key);
    this.#spare = partial;
    this.#givenUp++;
  }
}

/** A packet of which some parts are there. */
class PartialPacket {
  #began: bigint | null = null;
  readonly #bytes = new Uint8Array(LARGEST_PACKET);
  /** Which units are there: of those that come twice, the first stands. */
  readonly #there = new Uint8Array(LARGEST_PACKET / UNIT);
  /** Units that are there without a hole before them. */
  #units = 0;
  /** Its length, when its last part has come. */
  #length: number | null = null;

  /** The parts of another packet follow. */
  begin(time: bigint | null): void {
    this.#began = time;
    this.#there.fill(0);
    this.#units = 0;
    this.#length = null;
  }

  isStale(now: bigint | null): boolean {
    return now !== null && this.#began !== null && now - this.#began > LONGEST_ASSEMBLY;
  }

  /** Takes a part; gives the bytes when all are there. */
  add({ offset, bytes, more }: Fragment): Uint8Array | null {
    const end = offset + bytes.length;
    if (end > LARGEST_PACKET) return null;
    if (!more) this.#length ??= end;
    // A unit of which only some bytes are there is the packet's last, or was cut by the capture.
    const whole = more ? end - UNIT + 1 : end;
    for (let at = offset; at < whole; at += UNIT) {
      if (this.#there[at / UNIT] === 1) continue;
      this.#there[at / UNIT] = 1;
      this.#bytes.set(bytes.subarray(at - offset, at - offset + UNIT), at);
    }
    while (this.#there[this.#units] === 1) this.#units++;
    const isWhole = this.#length !== null && this.#units * UNIT >= this.#length;
    return isWhole ? this.#bytes.subarray(0, this.#length as number) : null;
  }
}

function version4(packet: Uint8Array): Carried | Fragment | null {
  const headerLength = ((packet[0] as number) & 15) * 4;
  if (packet.length < 20 || headerLength < 20 || packet.length < headerLength) return null;
  const next = packet[9] as number;
  if (!mayCarryTcp(next)) return null;
  const addresses = packet.subarray(12, 20);
  // With segmentation offload the length may be 0: then all that was captured is meant.
  const total = readUint16(packet, 2) || packet.length;
  const length = Math.max(0, total - headerLength);
  const bytes = packet.subarray(headerLength, headerLength + length);
  const fragment = readUint16(packet, 6);
  const more = (fragment & 0x2000) !== 0;
  const offset = (fragment & 0x1fff) * 8;
  const whole = { addresses, bytes, length, next };
  if (!more && offset === 0) return whole;
  return { ...whole, key: `${addresses.join()} ${readUint16(packet, 4)} ${next}`, offset, more };
}

function version6(packet: Uint8Array): Carried | Fragment | null {
  if (packet.length < 40) return null;
  const fields = createDataView(packet);
  const addresses = packet.subarray(8, 40);
  const total = fields.getUint16(4) === 0 ? packet.length : 40 + fields.getUint16(4);
  const { next, at } = behindHeaders(packet, packet[6] as number, 40);
  const from = (start: number, carried: number): Carried => {
    const length = Math.max(0, total - start);
    return { addresses, bytes: packet.subarray(start, start + length), length, next: carried };
  };
  if (next !== FRAGMENT) return mayCarryTcp(next) ? from(at, next) : null;
  if (at + 8 > packet.length) return null;
  const where = fields.getUint16(at + 2);
  const [offset, more] = [where & 0xfff8, (where & 1) !== 0];
  // Which protocol it is may be known only when all is there: its headers are behind others.
  const carried = packet[at] as number;
  if (!mayCarryTcp(carried)) return null;
  const payload = from(at + 8, carried);
  if (offset === 0 && !more) return payload;
  return { ...payload, offset, more, key: `${addresses.join()} ${fields.getUint32(at + 4)}` };
}

/** Whether TCP may stand behind a header of this protocol. */
function mayCarryTcp(protocol: number): boolean {
  if (protocol === TCP || protocol === TUNNELLED_IPV4 || protocol === TUNNELLED_IPV6) return true;
  return extensionSize(protocol, 0) !== null;
}

/** What stands behind a chain of extension headers, and where. */
function behindHeaders(bytes: Uint8Array, first: number, start: number): { next: number; at: number } {
  let next = first;
  let at = start;
  for (let headers = 0; next !== TCP && next !== FRAGMENT; headers++) {
    if (headers === LONGEST_CHAIN || at + 8 > bytes.length) return { next: NOTHING, at };
    const size = extensionSize(next, bytes[at + 1] as number);
    if (size === null) return { next, at };
    next = bytes[at] as number;
    at += size;
  }
  return { next, at };
}

/** Bytes of an extension header; `null` for what is none. */
function extensionSize(type: number, length: number): number | null {
  if (type === FRAGMENT) return 8;
  if (type === AUTHENTICATION) return (length + 2) * 4;
  return [HOP_BY_HOP, ROUTING, DESTINATION, MOBILITY].includes(type) ? (length + 1) * 8 : null;
}

function isFragment(payload: Carried | Fragment): payload is Fragment {
  return "key" in payload;
}

/** An address as it is written; of version 6 in brackets, its longest run of zeros left out (RFC 5952), unless it stands for one of version 4. */
export function addressText(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  if (isMapped(address)) return address.subarray(12).join(".");
  const words = Array.from({ length: 8 }, (_, i) => createDataView(address).getUint16(i * 2));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = words.map((word) => word.toString(16));
  if (best.length < 2) return `[${hex.join(":")}]`;
  return `[${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}]`;
}

/** Whether an address of version 6 stands for one of version 4 (RFC 4291 §2.5.5.2). */
function isMapped(address: Uint8Array): boolean {
  return address.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
}
