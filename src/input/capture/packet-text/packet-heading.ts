import {
  hasZone,
  NO_DATE_NOTE,
  NO_ZONE_NOTE,
  type ParsedTime,
  parseClockTime,
  parseDateTime,
  parseSeconds,
} from "../time/parse-time.js";

/** The line above a packet. */
export interface PacketHeading {
  readonly number: number | null;
  readonly time: ParsedTime | null;
  /** A note on what all times lack; `null` if they are complete. */
  readonly missingNote: string | null;
  /** Whether the time is a time of day, which restarts at midnight. */
  readonly isTimeOfDay: boolean;
}

const HEADING_LINE =
  /^( {0,16})(?:(\d{1,12}) {1,8})?(?:(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)|(\d\d:\d\d:\d\d(?:\.\d{1,9})?)|(\d{1,12}\.\d{1,9})) /;
/** Larger numbers of seconds count from 1970, smaller ones from the start of the capture. */
const MIN_EPOCH_TIME = 100_000_000n * 1_000_000_000n;

/** Parses the line of tcpdump or tshark above a packet; `null` if it has neither a number nor a time. */
export function parseHeading(text: string): PacketHeading | null {
  const [, indent = "", digits, date, clock, seconds] = HEADING_LINE.exec(text) ?? [];
  const number = digits === undefined ? null : Number(digits);
  // A line with more indentation and without a number is a detail of the packet, not its heading.
  if (number === null && indent.length > 1) return null;
  if (date !== undefined)
    return { number, time: parseDateTime(date), missingNote: hasZone(date) ? null : NO_ZONE_NOTE, isTimeOfDay: false };
  if (clock !== undefined) {
    // With a blank before it, it is a difference to the previous or the first packet; which of them is unknown.
    const difference = number === null && indent === " ";
    return {
      number,
      time: difference ? null : parseClockTime(clock),
      missingNote: difference ? null : NO_DATE_NOTE,
      isTimeOfDay: true,
    };
  }
  if (seconds === undefined) return null;
  const time = parseSeconds(seconds);
  return {
    number,
    time,
    missingNote: time !== null && time.time < MIN_EPOCH_TIME ? NO_DATE_NOTE : null,
    isTimeOfDay: false,
  };
}
