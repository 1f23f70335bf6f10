import { decodeLatin1 } from "../../../bytes/latin1.js";
import { type ConnectionStart, otherSide, type Side } from "../../../protocol/traffic.js";
import { addressText } from "./ip.js";

/** Two addresses of 16 bytes, and two ports. */
const LONGEST_KEY = 36;
const SCRATCH = Buffer.alloc(LONGEST_KEY);

/** Between which two ends a packet goes, whichever way: both ways have the same key. */
export interface Flow {
  /** The addresses and ports, those of the lower end first: a character a byte. */
  readonly key: string;
  /** Whether the packet comes from the lower end. */
  readonly fromLower: boolean;
}

/**
 * The flow that a packet belongs to.
 *
 * @param addresses source and destination, 4 or 16 bytes each
 * @param ports the source's in the upper 16 bits, the destination's in the lower
 */
export function flowOf(addresses: Uint8Array, ports: number): Flow {
  const { length } = addresses;
  const half = length / 2;
  const fromLower = isLower(addresses, ports);
  for (let i = 0; i < half; i++) {
    SCRATCH[fromLower ? i : i + half] = addresses[i] as number;
    SCRATCH[fromLower ? i + half : i] = addresses[i + half] as number;
  }
  SCRATCH.writeUInt32BE((fromLower ? ports : (ports << 16) | (ports >>> 16)) >>> 0, length);
  return { key: decodeLatin1(SCRATCH, 0, length + 4), fromLower };
}

/** Whether the source is the lower end. */
function isLower(addresses: Uint8Array, ports: number): boolean {
  const half = addresses.length / 2;
  for (let i = 0; i < half; i++) {
    const difference = (addresses[i] as number) - (addresses[i + half] as number);
    if (difference !== 0) return difference < 0;
  }
  return ports >>> 16 <= (ports & 0xffff);
}

/** What is known of a TCP connection when it begins. The names of its ends are made when they are asked for: most never are. */
export class TcpStart implements ConnectionStart {
  readonly openerSeen: boolean;
  readonly #key: string;
  readonly #lower: Side;

  /** @param lower the side of the lower end */
  constructor(key: string, lower: Side, openerSeen: boolean) {
    this.#key = key;
    this.#lower = lower;
    this.openerSeen = openerSeen;
  }

  get endpoints(): readonly [string, string] {
    const bytes = Buffer.from(this.#key, "latin1");
    const half = (bytes.length - 4) / 2;
    const nameOf = (end: 0 | 1): string =>
      `${addressText(bytes.subarray(end * half, (end + 1) * half))}:${bytes.readUInt16BE(2 * half + 2 * end)}`;
    return [nameOf(this.#lower), nameOf(otherSide(this.#lower))];
  }
}
