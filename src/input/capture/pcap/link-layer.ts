import { createDataView } from "../../../bytes/data-view.js";

/** The offset of the IP packet in a captured packet; -1 if it has none. */
export function findIpOffset(linkType: number, bytes: Uint8Array): number {
  switch (linkType) {
    case 1:
      return skipEtherTypeHeaders(bytes, readUint16OrZero(bytes, 12), 14);
    // Linux cooked: the protocol is at the end of the header, in version 2 at its start.
    case 113:
      return skipEtherTypeHeaders(bytes, readUint16OrZero(bytes, 14), 16);
    case 276:
      return skipEtherTypeHeaders(bytes, readUint16OrZero(bytes, 0), 20);
    case 0:
    case 108:
      return skipLoopbackHeader(bytes);
    // Raw IP, which has had several numbers.
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
      return 0;
    default:
      return -1;
  }
}

/** Whether packets of a link type can be read. */
export function isKnownLinkType(linkType: number): boolean {
  return [0, 1, 12, 14, 101, 108, 113, 228, 229, 276].includes(linkType);
}

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and the earlier number of stacked tags. */
const VLAN_ETHERTYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const ETHERTYPE_PPPOE_SESSION = 0x8864;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const MPLS_ETHERTYPES: ReadonlySet<number> = new Set([0x8847, 0x8848]);
/** AF_INET; and AF_INET6, which is 10 on Linux, 23 on Windows, 24 on OpenBSD and NetBSD, 26 on Solaris, 28 on FreeBSD, 30 on macOS. */
const ADDRESS_FAMILIES: ReadonlySet<number> = new Set([2, 10, 23, 24, 26, 28, 30]);

/**
 * The offset of the IP packet in the payload of an EtherType: after VLAN tags, a PPPoE session (RFC 2516 §4) or MPLS labels
 * (RFC 3032 §2.1).
 *
 * @param start offset of the first byte that it names
 */
function skipEtherTypeHeaders(bytes: Uint8Array, named: number, start: number): number {
  let type = named;
  let at = start;
  for (; VLAN_ETHERTYPES.has(type); at += 4) type = readUint16OrZero(bytes, at + 2);
  if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) return at;
  if (type === ETHERTYPE_PPPOE_SESSION) {
    const protocol = readUint16OrZero(bytes, at + 6);
    return protocol === PPP_IPV4 || protocol === PPP_IPV6 ? at + 8 : -1;
  }
  return MPLS_ETHERTYPES.has(type) ? skipMplsLabels(bytes, at) : -1;
}

/** A bit marks the last label. The first four bits after it show what follows. */
function skipMplsLabels(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at + 4 < bytes.length && ((bytes[at + 2] as number) & 1) === 0) at += 4;
  return at + 4;
}

/** BSD loopback: an address family before the packet, in the byte order of the capturing machine. */
function skipLoopbackHeader(bytes: Uint8Array): number {
  if (bytes.length < 4) return -1;
  const fields = createDataView(bytes);
  return ADDRESS_FAMILIES.has(fields.getUint32(0)) || ADDRESS_FAMILIES.has(fields.getUint32(0, true)) ? 4 : -1;
}

function readUint16OrZero(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
