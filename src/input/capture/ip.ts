import { copyOf } from "../../bytes/copy.js";
import { dataView, uint16 } from "../../bytes/data-view.js";

/** What an IP packet carries. */
export interface IpPayload {
  /** Source and destination, 4 or 16 bytes each. */
  readonly addresses: Uint8Array;
  /** The payload as far as it was captured. */
  readonly bytes: Uint8Array;
  /** Bytes that the payload had on the wire. */
  readonly length: number;
}

/** A part of an IP packet that was sent in several. */
interface Fragment extends IpPayload {
  readonly key: string;
  readonly offset: number;
  readonly more: boolean;
}

const TCP = 6;
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;
/** A chain of extension headers that is longer than this leads nowhere. */
const LONGEST_CHAIN = 16;
/** So many packets in parts are kept at once; of more, the oldest are given up. */
const MOST_PARTIAL = 256;

/** Takes the TCP segments out of IP packets, version 4 and 6, and puts those together that were sent in parts. */
export class IpReader {
  readonly #partial = new Map<string, Fragment[]>();

  /** The TCP segment in a packet; `null` where it carries none, or not all parts of it are there yet. */
  tcp(packet: Uint8Array): IpPayload | null {
    const version = (packet[0] ?? 0) >> 4;
    const found = version === 4 ? this.#version4(packet) : version === 6 ? this.#version6(packet) : null;
    return found !== null && isFragment(found) ? this.#assemble(found) : found;
  }

  #version4(packet: Uint8Array): IpPayload | Fragment | null {
    const headerLength = ((packet[0] as number) & 15) * 4;
    if (packet.length < 20 || headerLength < 20 || packet.length < headerLength || packet[9] !== TCP) return null;
    const addresses = packet.subarray(12, 20);
    // With segmentation offload the length may be 0: then all that was captured is meant.
    const total = uint16(packet, 2) || packet.length;
    const length = Math.max(0, total - headerLength);
    const bytes = packet.subarray(headerLength, headerLength + length);
    const fragment = uint16(packet, 6);
    const more = (fragment & 0x2000) !== 0;
    const offset = (fragment & 0x1fff) * 8;
    const whole = { addresses, bytes, length };
    if (!more && offset === 0) return whole;
    return { ...whole, key: `${addresses.join()} ${uint16(packet, 4)}`, offset, more };
  }

  #version6(packet: Uint8Array): IpPayload | Fragment | null {
    if (packet.length < 40) return null;
    const fields = dataView(packet);
    const addresses = packet.subarray(8, 40);
    const total = fields.getUint16(4) === 0 ? packet.length : 40 + fields.getUint16(4);
    let next = packet[6] as number;
    let at = 40;
    let fragment: { key: string; offset: number; more: boolean } | null = null;
    for (let headers = 0; next !== TCP; headers++) {
      if (headers === LONGEST_CHAIN || at + 8 > packet.length) return null;
      const size = extensionSize(next, packet[at + 1] as number);
      if (size === null) return null;
      if (next === FRAGMENT) {
        const where = fields.getUint16(at + 2);
        const key = `${addresses.join()} ${fields.getUint32(at + 4)}`;
        fragment = { key, offset: where & 0xfff8, more: (where & 1) !== 0 };
        // Behind the first part stands no header of its own.
        if (fragment.offset > 0 && packet[at] !== TCP) return null;
      }
      next = packet[at] as number;
      at += size;
    }
    const length = Math.max(0, total - at);
    const whole = { addresses, bytes: packet.subarray(at, at + length), length };
    const alone = fragment === null || (fragment.offset === 0 && !fragment.more);
    return alone || fragment === null ? whole : { ...whole, ...fragment };
  }

  /** Keeps a part; gives the packet when that was the last one missing. */
  #assemble(fragment: Fragment): IpPayload | null {
    const { key, addresses } = fragment;
    const parts = this.#partial.get(key) ?? [];
    parts.push({ ...fragment, addresses: copyOf(addresses), bytes: copyOf(fragment.bytes) });
    this.#partial.set(key, parts);
    if (this.#partial.size > MOST_PARTIAL) this.#partial.delete(this.#partial.keys().next().value as string);
    const sorted = [...parts].sort((a, b) => a.offset - b.offset);
    let end = 0;
    for (const part of sorted) {
      if (part.offset > end) return null;
      end = Math.max(end, part.offset + part.bytes.length);
    }
    if (sorted.every(({ more }) => more)) return null;
    this.#partial.delete(key);
    const bytes = new Uint8Array(end);
    // Where parts overlap, the first one that came stands.
    for (const part of [...parts].reverse()) bytes.set(part.bytes, part.offset);
    return { addresses, bytes, length: end };
  }
}

/** Bytes of an extension header; `null` for what is none. */
function extensionSize(type: number, length: number): number | null {
  if (type === FRAGMENT) return 8;
  if (type === AUTHENTICATION) return (length + 2) * 4;
  return [HOP_BY_HOP, ROUTING, DESTINATION, MOBILITY].includes(type) ? (length + 1) * 8 : null;
}

function isFragment(payload: IpPayload | Fragment): payload is Fragment {
  return "key" in payload;
}

/** An address as it is written; of version 6 in brackets, its longest run of zeros left out (RFC 5952). */
export function addressText(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  const words = Array.from({ length: 8 }, (_, i) => dataView(address).getUint16(i * 2));
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
