import { createDataView } from "./data-view.js";

/** An address of 4 or 16 bytes as text: IPv6 in brackets and shortened (RFC 5952), an IPv4-mapped one as IPv4. */
export function formatIpAddress(address: Uint8Array): string {
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

/** An address as one of 16 bytes: IPv4 becomes IPv4-mapped IPv6 (RFC 4291 §2.5.5.2). */
export function toIpv6Address(address: Uint8Array): Uint8Array {
  return address.length === 16 ? address : Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address);
}

/** The 4 or 16 bytes of an address; `null` where the text is no address. A zone behind `%` is ignored. */
export function parseIpAddress(text: string): Uint8Array | null {
  return text.includes(":") ? parseIpv6Address(text.split("%", 1)[0] as string) : parseIpv4Address(text);
}

function parseIpv4Address(text: string): Uint8Array | null {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return null;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : null;
}

/** RFC 4291, section 2.2: a run of zeros may be left out, and the last four bytes written as in version 4. */
function parseIpv6Address(text: string): Uint8Array | null {
  if (text.length > 45) return null;
  const [before = "", after, ...more] = text.split("::");
  const start = parseIpv6Groups(before);
  const end = after === undefined ? [] : parseIpv6Groups(after);
  if (more.length > 0 || start === null || end === null) return null;
  const left = 16 - start.length - end.length;
  if (after === undefined ? left !== 0 : left < 0) return null;
  return Uint8Array.from([...start, ...new Array<number>(left).fill(0), ...end]);
}

function parseIpv6Groups(text: string): number[] | null {
  const bytes: number[] = [];
  for (const group of text === "" ? [] : text.split(":")) {
    const tail = parseIpv4Address(group);
    if (tail !== null) bytes.push(...tail);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const word = Number.parseInt(group, 16);
      bytes.push(word >> 8, word & 0xff);
    } else return null;
  }
  return bytes;
}
