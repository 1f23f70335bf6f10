import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ParsedTime } from "./parse-time.js";

/** For an input that has no times and no numbers. */
export const NO_TIMESTAMP: PacketTimestamp = { time: null, digits: 0, packet: null };

/** A time, if there is one, and a number, if there is one. */
export function buildTimestamp(time: ParsedTime | null, packet: number | null): PacketTimestamp {
  return { time: time?.time ?? null, digits: time?.digits ?? 0, packet };
}
