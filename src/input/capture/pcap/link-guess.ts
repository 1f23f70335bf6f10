import { createDataView } from "../../../bytes/data-view.js";
import { findIpOffset } from "./link-layer.js";

/** The link types that are tried for packets in text form. Raw IP is last because it has no header of its own. */
const GUESSED_LINK_TYPES: readonly number[] = [1, 113, 276, 0, 101];

/** The link layer of a packet, guessed from its bytes. */
export interface LinkGuess {
  readonly linkType: number;
  /** The length on the wire in bytes, by the IP header: more than the captured bytes if the packet was cut. */
  readonly wireLength: number;
}

/**
 * Finds the link layer of a packet by the position of an IP header; `null` if it has none.
 *
 * @param likely the link type to try first: most packets of a capture have the same
 */
export function guessLink(packet: Uint8Array, likely: number | null): LinkGuess | null {
  const bytes = createDataView(packet);
  const order = likely === null ? GUESSED_LINK_TYPES : [likely, ...GUESSED_LINK_TYPES];
  for (const linkType of order) {
    const start = findIpOffset(linkType, packet);
    const length = start < 0 ? null : parseIpLength(bytes, start);
    if (length !== null) return { linkType, wireLength: Math.max(packet.length, start + length) };
  }
  return null;
}

/** The length of the IP packet at `start`; `null` if there is none. */
function parseIpLength(bytes: DataView, start: number): number | null {
  if (start >= bytes.byteLength) return null;
  const version = bytes.getUint8(start) >> 4;
  return version === 4 ? parseIpv4Length(bytes, start) : version === 6 ? parseIpv6Length(bytes, start) : null;
}

function parseIpv4Length(bytes: DataView, start: number): number | null {
  const header = (bytes.getUint8(start) & 0xf) * 4;
  if (header < 20 || start + header > bytes.byteLength) return null;
  const length = bytes.getUint16(start + 2);
  // With offloading, the network card fills in the length and the checksum, which are zero here.
  if (length !== 0 && length < header) return null;
  return bytes.getUint16(start + 10) === 0 || isChecksumValid(bytes, start, header) ? length : null;
}

function isChecksumValid(bytes: DataView, start: number, length: number): boolean {
  let sum = 0;
  for (let at = start; at < start + length; at += 2) sum += bytes.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}

/** Hop-by-hop options, TCP, UDP, routing, fragment, ICMPv6, destination options. */
const KNOWN_NEXT_HEADERS: ReadonlySet<number> = new Set([0, 6, 17, 43, 44, 58, 60]);
/** Ethernet pads short packets. */
const MAX_PADDING_BYTES = 46;

function parseIpv6Length(bytes: DataView, start: number): number | null {
  if (start + 40 > bytes.byteLength || !KNOWN_NEXT_HEADERS.has(bytes.getUint8(start + 6))) return null;
  const length = 40 + bytes.getUint16(start + 4);
  return length === 40 || start + length + MAX_PADDING_BYTES >= bytes.byteLength ? length : null;
}
