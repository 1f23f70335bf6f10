import type { PacketTimestamp } from "../bytes/packet-timestamp.js";

/** The current time in microseconds, the precision of most captures. */
export function now(): PacketTimestamp {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return { time: BigInt(microseconds) * 1000n, digits: 6, packet: null };
}
