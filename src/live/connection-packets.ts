import { parseIpAddress, toIpv6Address } from "../bytes/ip-address.js";
import { ACK, buildTcpPacket } from "../bytes/tcp-packet.js";

/** The header fields of a TCP segment that differ from packet to packet (RFC 9293 §3.1). */
export interface SegmentHeader {
  readonly sequence: number;
  readonly acknowledges: number | null;
  readonly flags: number;
}

/** An address and a port. */
interface IpEndpoint {
  /** The address, in 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** The address for an endpoint that has no IP address. */
const UNSPECIFIED = new Uint8Array(4);

/** Builds the IP packets of one connection, as they would appear in a capture. */
export class ConnectionPackets {
  readonly #ends: readonly [IpEndpoint, IpEndpoint];

  /** @param endpoints `"127.0.0.1:38648"`, `"[::1]:80"`: the one that opened the connection is first */
  constructor(endpoints: readonly [string, string]) {
    const ends = [parseEndpoint(endpoints[0]), parseEndpoint(endpoints[1])] as const;
    const isIpv4 = ends.every(({ address }) => address.length === 4);
    this.#ends = isIpv4 ? ends : [toIpv6(ends[0]), toIpv6(ends[1])];
  }

  /** Builds a packet from one side. */
  buildPacket(side: 0 | 1, { sequence, acknowledges, flags }: SegmentHeader, payload: Uint8Array): Uint8Array {
    const from = this.#ends[side];
    const to = this.#ends[side === 0 ? 1 : 0];
    return buildTcpPacket({
      source: from.address,
      destination: to.address,
      ports: [from.port, to.port],
      sequence,
      acknowledged: acknowledges ?? 0,
      flags: flags | (acknowledges === null ? 0 : ACK),
      payload,
    });
  }
}

function parseEndpoint(text: string): IpEndpoint {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon).replace(/^\[|\]$/g, "");
  return { address: parseIpAddress(host) ?? UNSPECIFIED, port: Number(text.slice(colon + 1)) };
}

function toIpv6({ address, port }: IpEndpoint): IpEndpoint {
  return { address: toIpv6Address(address), port };
}
