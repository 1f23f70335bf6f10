import { dataView } from "../../bytes/data-view.js";

/** Where the IP packet begins in a captured packet; -1 when it carries none. */
export function ipOffset(linkType: number, bytes: Uint8Array): number {
  switch (linkType) {
    case 1:
      return ethernet(bytes);
    // Linux cooked: the protocol stands at the end of its header, or in the second version at the start.
    case 113:
      return afterEtherType(bytes, 14);
    case 276:
      return isIp(word(bytes, 0)) ? 20 : -1;
    case 0:
    case 108:
      return loopback(bytes);
    // Raw IP, under the numbers that it has had.
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

/** Whether wsframe looks into packets of a link type. */
export function isKnownLinkType(linkType: number): boolean {
  return [0, 1, 12, 14, 101, 108, 113, 228, 229, 276].includes(linkType);
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and the number that stacked tags had before. */
const VLAN: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
/** AF_INET; and AF_INET6, which is 10 on Linux, 23 on Windows, 24 on OpenBSD and NetBSD, 26 on Solaris, 28 on FreeBSD, 30 on macOS. */
const FAMILIES: ReadonlySet<number> = new Set([2, 10, 23, 24, 26, 28, 30]);

function ethernet(bytes: Uint8Array): number {
  return afterEtherType(bytes, 12);
}

/** The end of an EtherType, and of the VLAN tags that follow it. */
function afterEtherType(bytes: Uint8Array, start: number): number {
  let at = start;
  while (VLAN.has(word(bytes, at))) at += 4;
  return isIp(word(bytes, at)) ? at + 2 : -1;
}

/** BSD's loopback: an address family before the packet, in the byte order of the machine that captured it. */
function loopback(bytes: Uint8Array): number {
  if (bytes.length < 4) return -1;
  const fields = dataView(bytes);
  return FAMILIES.has(fields.getUint32(0)) || FAMILIES.has(fields.getUint32(0, true)) ? 4 : -1;
}

function isIp(etherType: number): boolean {
  return etherType === IPV4 || etherType === IPV6;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
