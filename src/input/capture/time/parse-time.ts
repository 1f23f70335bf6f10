/** A point in time of an input: nanoseconds since 1970, and the number of digits after the second. */
export interface ParsedTime {
  readonly time: bigint;
  readonly digits: number;
}

/** Notes on an input with incomplete times. */
export const NO_DATE_NOTE = "the input's times have no date: 1970-01-01 is assumed, so only the intervals are right";
export const NO_ZONE_NOTE = "the input's times have no time zone: UTC is assumed";

const DATE_TIME = /^(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,12})?)(?:(Z)|([+-])(\d\d):?(\d\d))?$/;
const CLOCK_TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?$/;
const DECIMAL_SECONDS = /^(\d{1,12})(?:\.(\d{1,12}))?$/;

/** Seconds in decimal digits, such as `1795194103.050115`; `null` for anything else. */
export function parseSeconds(text: string): ParsedTime | null {
  const [, whole, fraction = ""] = DECIMAL_SECONDS.exec(text) ?? [];
  return whole === undefined ? null : buildTime(BigInt(whole), fraction);
}

/** A time of day, such as `17:01:42.987854`, counted from midnight; `null` for anything else. */
export function parseClockTime(text: string): ParsedTime | null {
  const [, hours, minutes, seconds, fraction = ""] = CLOCK_TIME.exec(text) ?? [];
  if (hours === undefined) return null;
  return buildTime(BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)), fraction);
}

/** A date with a time of day, such as `2026-11-20 17:01:42.987854`, in UTC if it has no zone; `null` for anything else. */
export function parseDateTime(text: string): ParsedTime | null {
  const [, year, month, day, clock = "", , sign, hours, minutes] = DATE_TIME.exec(text) ?? [];
  const within = parseClockTime(clock);
  if (year === undefined || within === null) return null;
  const days = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const zone = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -60_000 : 60_000);
  return { time: BigInt(days - zone) * 1_000_000n + within.time, digits: within.digits };
}

/** Whether a date with a time of day has a time zone. */
export function hasZone(text: string): boolean {
  return /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10));
}

/** Seconds as a number, which is precise to the microsecond; `null` for anything else. */
export function parseFloatSeconds(seconds: unknown): ParsedTime | null {
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || Math.abs(seconds) > 1e11) return null;
  // Whole seconds are converted separately, so that the multiplication loses no precision.
  const whole = Math.floor(seconds);
  return { time: BigInt(whole) * 1_000_000_000n + BigInt(Math.round((seconds - whole) * 1e6)) * 1000n, digits: 6 };
}

function buildTime(seconds: bigint, fraction: string): ParsedTime {
  const digits = Math.min(fraction.length, 9);
  return { time: seconds * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0")), digits };
}
