import { createDataView } from "../../../bytes/data-view.js";

/** An address of 4 or 16 bytes as text: IPv6 in brackets and shortened (RFC 5952), an IPv4-mapped one as IPv4. */
export function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  if (isMappedIpv4(address)) return address.subarray(12).join(".");
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

/** Whether an IPv6 address is an IPv4-mapped one (RFC 4291 §2.5.5.2). */
function isMappedIpv4(address: Uint8Array): boolean {
  return address.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 0xff));
}
