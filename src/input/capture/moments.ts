import type { Moment } from "../../bytes/packet-timestamp.js";
import type { Time } from "./times.js";

/** For an input that has no times and no numbers. */
export const NO_MOMENT: Moment = { time: null, digits: 0, packet: null };

/** A time, if there is one, and a number, if there is one. */
export function momentOf(time: Time | null, packet: number | null): Moment {
  return { time: time?.time ?? null, digits: time?.digits ?? 0, packet };
}
