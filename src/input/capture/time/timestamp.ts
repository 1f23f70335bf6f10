import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ParsedTime } from "./parse-time.js";

/** For an input without times and packet numbers. */
export const NO_TIMESTAMP: PacketTimestamp = { time: null, digits: 0, packet: null };

/** A timestamp from a time and a packet number, each `null` if missing. */
export function buildTimestamp(time: ParsedTime | null, packet: number | null): PacketTimestamp {
  return { time: time?.time ?? null, digits: time?.digits ?? 0, packet };
}
