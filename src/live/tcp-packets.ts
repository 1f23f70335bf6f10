import { isIPv4 } from "node:net";

/** What the header of a TCP segment says (RFC 9293 §3.1). */
export interface Segment {
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
const TCP_HEADER = 20;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const WINDOW = 65535;
const HOPS = 64;

/** An address and a port. */
interface Endpoint {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** Writes the IP packets of one connection, as a capture would have had them. */
export class TcpPackets {
  readonly #ends: readonly [Endpoint, Endpoint];
  readonly #version: 4 | 6;

  /** @param endpoints `"127.0.0.1:38648"`, `"[::1]:80"`: of who opened the connection, and of the other */
  constructor(endpoints: readonly [string, string]) {
    const ends = [endpointOf(endpoints[0]), endpointOf(endpoints[1])] as const;
    this.#version = ends.every(({ address }) => address.length === 4) ? 4 : 6;
    this.#ends = this.#version === 4 ? ends : [inVersion6(ends[0]), inVersion6(ends[1])];
  }

  /** A packet that one of the two sides sends. */
  packet(side: 0 | 1, { sequence, acknowledges, flags }: Segment, payload: Uint8Array): Uint8Array {
    const from = this.#ends[side];
    const to = this.#ends[side === 0 ? 1 : 0];
    const start = this.#version === 4 ? IPV4_HEADER : IPV6_HEADER;
    const bytes = new Uint8Array(start + TCP_HEADER + payload.length);
    const view = new DataView(bytes.buffer);
    const length = TCP_HEADER + payload.length;
    if (this.#version === 4) writeVersion4(view, from, to, length);
    else writeVersion6(view, from, to, length);
    view.setUint16(start, from.port);
    view.setUint16(start + 2, to.port);
    view.setUint32(start + 4, sequence);
    view.setUint32(start + 8, acknowledges ?? 0);
    view.setUint8(start + 12, (TCP_HEADER / 4) << 4);
    view.setUint8(start + 13, flags | (acknowledges === null ? 0 : ACK));
    view.setUint16(start + 14, WINDOW);
    bytes.set(payload, start + TCP_HEADER);
    // The addresses, the protocol and the length are summed up with the segment (RFC 9293 §3.1).
    const pseudo = sum(from.address) + sum(to.address) + TCP + length;
    view.setUint16(start + 16, checksum(pseudo + sum(bytes.subarray(start))));
    return bytes;
  }
}

function writeVersion4(view: DataView, from: Endpoint, to: Endpoint, length: number): void {
  view.setUint8(0, 0x45);
  view.setUint16(2, IPV4_HEADER + length);
  view.setUint16(6, 0x4000);
  view.setUint8(8, HOPS);
  view.setUint8(9, TCP);
  writeAddresses(view, 12, from, to);
  view.setUint16(10, checksum(sum(new Uint8Array(view.buffer, 0, IPV4_HEADER))));
}

function writeVersion6(view: DataView, from: Endpoint, to: Endpoint, length: number): void {
  view.setUint8(0, 0x60);
  view.setUint16(4, length);
  view.setUint8(6, TCP);
  view.setUint8(7, HOPS);
  writeAddresses(view, 8, from, to);
}

function writeAddresses(view: DataView, at: number, from: Endpoint, to: Endpoint): void {
  const bytes = new Uint8Array(view.buffer);
  bytes.set(from.address, at);
  bytes.set(to.address, at + from.address.length);
}

/** The sum of 16-bit words (RFC 1071). */
function sum(bytes: Uint8Array): number {
  let total = 0;
  const even = bytes.length & ~1;
  for (let i = 0; i < even; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  return even === bytes.length ? total : total + ((bytes[even] as number) << 8);
}

function checksum(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

function endpointOf(text: string): Endpoint {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon).replace(/^\[|\]$/g, "");
  return { address: isIPv4(host) ? version4(host) : version6(host), port: Number(text.slice(colon + 1)) };
}

function version4(host: string): Uint8Array {
  return Uint8Array.from(host.split("."), Number);
}

/** RFC 4291 §2.2; a zone behind `%` is no part of the address. */
function version6(host: string): Uint8Array {
  const [plain = ""] = host.split("%");
  const words = (text: string): number[] =>
    text === ""
      ? []
      : text.split(":").flatMap((part) => {
          if (!part.includes(".")) return [Number.parseInt(part, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = version4(part);
          return [(a << 8) | b, (c << 8) | d];
        });
  const [before = "", after] = plain.split("::");
  const head = words(before);
  const tail = after === undefined ? [] : words(after);
  const all = [...head, ...Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => 0), ...tail];
  return Uint8Array.from(all.slice(0, 8).flatMap((word) => [word >> 8, word & 0xff]));
}

/** An address of version 4 as one of version 6 (RFC 4291 §2.5.5.2). */
function inVersion6({ address, port }: Endpoint): Endpoint {
  if (address.length === 16) return { address, port };
  return { address: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address), port };
}
