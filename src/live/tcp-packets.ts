import { isIPv4 } from "node:net";

/** What the header of a TCP segment says (RFC 9293 §3.1). */
export interface SegmentHeader {
  readonly sequence: number;
  readonly acknowledges: number | null;
  readonly flags: number;
}

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
const ACK = 0x10;

const TCP = 6;
const TCP_HEADER_BYTES = 20;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const RECEIVE_WINDOW = 65535;
const HOP_LIMIT = 64;

/** An address and a port. */
interface IpEndpoint {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** Writes the IP packets of one connection, as a capture would have had them. */
export class TcpPacketBuilder {
  readonly #ends: readonly [IpEndpoint, IpEndpoint];
  readonly #version: 4 | 6;

  /** @param endpoints `"127.0.0.1:38648"`, `"[::1]:80"`: of who opened the connection, and of the other */
  constructor(endpoints: readonly [string, string]) {
    const ends = [parseEndpoint(endpoints[0]), parseEndpoint(endpoints[1])] as const;
    this.#version = ends.every(({ address }) => address.length === 4) ? 4 : 6;
    this.#ends = this.#version === 4 ? ends : [toIpv6(ends[0]), toIpv6(ends[1])];
  }

  /** A packet that one of the two sides sends. */
  buildPacket(side: 0 | 1, { sequence, acknowledges, flags }: SegmentHeader, payload: Uint8Array): Uint8Array {
    const from = this.#ends[side];
    const to = this.#ends[side === 0 ? 1 : 0];
    const start = this.#version === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
    const bytes = new Uint8Array(start + TCP_HEADER_BYTES + payload.length);
    const view = new DataView(bytes.buffer);
    const length = TCP_HEADER_BYTES + payload.length;
    if (this.#version === 4) writeIpv4Header(view, from, to, length);
    else writeIpv6Header(view, from, to, length);
    view.setUint16(start, from.port);
    view.setUint16(start + 2, to.port);
    view.setUint32(start + 4, sequence);
    view.setUint32(start + 8, acknowledges ?? 0);
    view.setUint8(start + 12, (TCP_HEADER_BYTES / 4) << 4);
    view.setUint8(start + 13, flags | (acknowledges === null ? 0 : ACK));
    view.setUint16(start + 14, RECEIVE_WINDOW);
    bytes.set(payload, start + TCP_HEADER_BYTES);
    // The addresses, the protocol and the length are summed up with the segment (RFC 9293 §3.1).
    const pseudo = sumWords(from.address) + sumWords(to.address) + TCP + length;
    view.setUint16(start + 16, computeChecksum(pseudo + sumWords(bytes.subarray(start))));
    return bytes;
  }
}

function writeIpv4Header(view: DataView, from: IpEndpoint, to: IpEndpoint, length: number): void {
  view.setUint8(0, 0x45);
  view.setUint16(2, IPV4_HEADER_BYTES + length);
  view.setUint16(6, 0x4000);
  view.setUint8(8, HOP_LIMIT);
  view.setUint8(9, TCP);
  writeAddresses(view, 12, from, to);
  view.setUint16(10, computeChecksum(sumWords(new Uint8Array(view.buffer, 0, IPV4_HEADER_BYTES))));
}

function writeIpv6Header(view: DataView, from: IpEndpoint, to: IpEndpoint, length: number): void {
  view.setUint8(0, 0x60);
  view.setUint16(4, length);
  view.setUint8(6, TCP);
  view.setUint8(7, HOP_LIMIT);
  writeAddresses(view, 8, from, to);
}

function writeAddresses(view: DataView, at: number, from: IpEndpoint, to: IpEndpoint): void {
  const bytes = new Uint8Array(view.buffer);
  bytes.set(from.address, at);
  bytes.set(to.address, at + from.address.length);
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

function parseEndpoint(text: string): IpEndpoint {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon).replace(/^\[|\]$/g, "");
  return {
    address: isIPv4(host) ? parseIpv4Address(host) : parseIpv6Address(host),
    port: Number(text.slice(colon + 1)),
  };
}

function parseIpv4Address(host: string): Uint8Array {
  return Uint8Array.from(host.split("."), Number);
}

/** RFC 4291 §2.2; a zone behind `%` is no part of the address. */
function parseIpv6Address(host: string): Uint8Array {
  const [plain = ""] = host.split("%");
  const words = (text: string): number[] =>
    text === ""
      ? []
      : text.split(":").flatMap((part) => {
          if (!part.includes(".")) return [Number.parseInt(part, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = parseIpv4Address(part);
          return [(a << 8) | b, (c << 8) | d];
        });
  const [before = "", after] = plain.split("::");
  const head = words(before);
  const tail = after === undefined ? [] : words(after);
  const all = [...head, ...Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => 0), ...tail];
  return Uint8Array.from(all.slice(0, 8).flatMap((word) => [word >> 8, word & 0xff]));
}

/** An address of version 4 as one of version 6 (RFC 4291 §2.5.5.2). */
function toIpv6({ address, port }: IpEndpoint): IpEndpoint {
  if (address.length === 16) return { address, port };
  return { address: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address), port };
}
