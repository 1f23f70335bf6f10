import { formatIpAddress } from "../../../bytes/ip-address.js";
import { decodeLatin1 } from "../../../bytes/latin1.js";
import { type ConnectionStart, otherSide, type Side } from "../../../protocol/traffic.js";

/** Two addresses of 16 bytes, and two ports. */
const MAX_KEY_BYTES = 36;
const KEY_BUFFER = Buffer.alloc(MAX_KEY_BYTES);

/** The two ends of a packet, independent of its direction: both directions have the same key. */
export interface Flow {
  /** The addresses and ports, those of the lower end first, with one character per byte. */
  readonly key: string;
  /** Whether the packet comes from the lower end. */
  readonly isFromLower: boolean;
}

/**
 * The flow that a packet belongs to.
 *
 * @param addresses source and destination, 4 or 16 bytes each
 * @param ports the source's in the upper 16 bits, the destination's in the lower
 */
export function computeFlow(addresses: Uint8Array, ports: number): Flow {
  const { length } = addresses;
  const half = length / 2;
  const fromLower = isSourceLower(addresses, ports);
  for (let i = 0; i < half; i++) {
    KEY_BUFFER[fromLower ? i : i + half] = addresses[i] as number;
    KEY_BUFFER[fromLower ? i + half : i] = addresses[i + half] as number;
  }
  KEY_BUFFER.writeUInt32BE((fromLower ? ports : (ports << 16) | (ports >>> 16)) >>> 0, length);
  return { key: decodeLatin1(KEY_BUFFER, 0, length + 4), isFromLower: fromLower };
}

/** Whether the source is the lower end. */
function isSourceLower(addresses: Uint8Array, ports: number): boolean {
  const half = addresses.length / 2;
  for (let i = 0; i < half; i++) {
    const difference = (addresses[i] as number) - (addresses[i + half] as number);
    if (difference !== 0) return difference < 0;
  }
  return ports >>> 16 <= (ports & 0xffff);
}

/** The start of a TCP connection. The names of its ends are formatted only on demand, because most are never used. */
export class TcpConnectionStart implements ConnectionStart {
  readonly isOpenerKnown: boolean;
  readonly #key: string;
  readonly #lowerSide: Side;

  /** @param lower the side of the lower end */
  constructor(key: string, lower: Side, isOpenerKnown: boolean) {
    this.#key = key;
    this.#lowerSide = lower;
    this.isOpenerKnown = isOpenerKnown;
  }

  get endpoints(): readonly [string, string] {
    const bytes = Buffer.from(this.#key, "latin1");
    const half = (bytes.length - 4) / 2;
    const formatEnd = (end: 0 | 1): string =>
      `${formatIpAddress(bytes.subarray(end * half, (end + 1) * half))}:${bytes.readUInt16BE(2 * half + 2 * end)}`;
    return [formatEnd(this.#lowerSide), formatEnd(otherSide(this.#lowerSide))];
  }
}
