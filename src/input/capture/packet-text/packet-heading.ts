import { civilTime, clockTime, hasZone, NO_DATE, NO_ZONE, secondsTime, type Time } from "../times.js";

/** What a line above a packet says of it. */
export interface PacketHeading {
  readonly number: number | null;
  readonly time: Time | null;
  /** What the time lacks, as a sentence about all of them; `null` for nothing. */
  readonly lacks: string | null;
  /** Whether the time is one of day, which begins anew at midnight. */
  readonly ofDay: boolean;
}

const HEADING =
  /^( {0,16})(?:(\d{1,12}) {1,8})?(?:(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)|(\d\d:\d\d:\d\d(?:\.\d{1,9})?)|(\d{1,12}\.\d{1,9})) /;
/** Seconds from here on are since 1970; fewer are since the capture began. */
const SINCE_1970 = 100_000_000n * 1_000_000_000n;

/** Reads tcpdump's or tshark's line above a packet, `null` where it has neither number nor time. */
export function parseHeading(text: string): PacketHeading | null {
  const [, indent = "", digits, date, clock, seconds] = HEADING.exec(text) ?? [];
  const number = digits === undefined ? null : Number(digits);
  // What is indented further and has no number is a detail of the packet, not its heading.
  if (number === null && indent.length > 1) return null;
  if (date !== undefined) return { number, time: civilTime(date), lacks: hasZone(date) ? null : NO_ZONE, ofDay: false };
  if (clock !== undefined) {
    // With a blank before it, it is a difference: to the packet before, or to the first; that cannot be told.
    const difference = number === null && indent === " ";
    return { number, time: difference ? null : clockTime(clock), lacks: difference ? null : NO_DATE, ofDay: true };
  }
  if (seconds === undefined) return null;
  const time = secondsTime(seconds);
  return { number, time, lacks: time !== null && time.time < SINCE_1970 ? NO_DATE : null, ofDay: false };
}
