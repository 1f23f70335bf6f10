import type { PacketTimestamp } from "../bytes/packet-timestamp.js";

/** Now, as fine as most captures are: microseconds. */
export function now(): PacketTimestamp {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return { time: BigInt(microseconds) * 1000n, digits: 6, packet: null };
}
