/** What a program that has taken a TCP segment apart tells of it. */
export interface SegmentParts {
  /** 4 or 16 bytes each. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly ports: readonly [number, number];
  readonly sequence: number;
  readonly acknowledged: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** Bytes that the payload had on the wire. */
  readonly length: number;
}

const TCP = 6;
const TCP_HEADER_BYTES = 20;
const MAX_LENGTH_FIELD = 0xffff;

/** Puts an IP packet together that carries a segment. A length that has no room is left open, as offloading does. */
export function buildTcpPacket(parts: SegmentParts): Uint8Array {
  const { source, destination, ports, sequence, acknowledged, flags, payload, length } = parts;
  const version4 = source.length === 4;
  const ipHeader = version4 ? 20 : 40;
  const bytes = new Uint8Array(ipHeader + TCP_HEADER_BYTES + payload.length);
  const fields = new DataView(bytes.buffer);
  const room = (size: number): number => (size > MAX_LENGTH_FIELD ? 0 : size);
  if (version4) {
    fields.setUint8(0, 0x45);
    fields.setUint16(2, room(ipHeader + TCP_HEADER_BYTES + length));
    fields.setUint8(9, TCP);
  } else {
    fields.setUint8(0, 0x60);
    fields.setUint16(4, room(TCP_HEADER_BYTES + length));
    fields.setUint8(6, TCP);
  }
  bytes.set(source, version4 ? 12 : 8);
  bytes.set(destination, version4 ? 16 : 24);
  fields.setUint16(ipHeader, ports[0]);
  fields.setUint16(ipHeader + 2, ports[1]);
  fields.setUint32(ipHeader + 4, sequence);
  fields.setUint32(ipHeader + 8, acknowledged);
  fields.setUint8(ipHeader + 12, (TCP_HEADER_BYTES / 4) << 4);
  fields.setUint8(ipHeader + 13, flags);
  bytes.set(payload, ipHeader + TCP_HEADER_BYTES);
  return bytes;
}

/** The bytes of an address as it is written; `null` where it is none. */
export function parseIpAddress(text: string): Uint8Array | null {
  return text.includes(":") ? parseIpv6Address(text) : parseIpv4Address(text);
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
