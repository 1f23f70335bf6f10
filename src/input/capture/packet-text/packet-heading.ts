import {
  hasZone,
  NO_DATE_NOTE,
  NO_ZONE_NOTE,
  type ParsedTime,
  parseClockTime,
  parseDateTime,
  parseSeconds,
} from "../time/parse-time.js";

/** What a line above a packet says of it. */
export interface PacketHeading {
  readonly number: number | null;
  readonly time: ParsedTime | null;
  /** What the time lacks, as a sentence about all of them; `null` for nothing. */
  readonly missingNote: string | null;
  /** Whether the time is one of day, which begins anew at midnight. */
  readonly isTimeOfDay: boolean;
}

const HEADING_LINE =
  /^( {0,16})(?:(\d{1,12}) {1,8})?(?:(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)|(\d\d:\d\d:\d\d(?:\.\d{1,9})?)|(\d{1,12}\.\d{1,9})) /;
/** Seconds from here on are since 1970; fewer are since the capture began. */
const MIN_EPOCH_TIME = 100_000_000n * 1_000_000_000n;

/** Reads tcpdump's or tshark's line above a packet, `null` where it has neither number nor time. */
export function parseHeading(text: string): PacketHeading | null {
  const [, indent = "", digits, date, clock, seconds] = HEADING_LINE.exec(text) ?? [];
  const number = digits === undefined ? null : Number(digits);
  // What is indented further and has no number is a detail of the packet, not its heading.
  if (number === null && indent.length > 1) return null;
  if (date !== undefined)
    return { number, time: parseDateTime(date), missingNote: hasZone(date) ? null : NO_ZONE_NOTE, isTimeOfDay: false };
  if (clock !== undefined) {
    // With a blank before it, it is a difference: to the packet before, or to the first; that cannot be told.
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
