/** When and where something stood in a capture. */
export interface PacketTimestamp {
  /** Nanoseconds since 1970-01-01T00:00Z; `null` where the input has no times. */
  readonly time: bigint | null;
  /** Digits after the second that the input's times have, 0 to 9. */
  readonly digits: number;
  /** Number of the packet or entry in the input, from 1; `null` where it has none. */
  readonly packet: number | null;
}

const MIN_ISO_SECONDS = -62_167_219_200n;
const MAX_ISO_SECONDS = 253_402_300_799n;
const DURATION_UNITS = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
] as const;

/** A time as ISO 8601 has it, in UTC, as fine as the input's: `2026-11-20T17:15:02.987854Z`; `null` without one. */
export function formatIsoTime({ time, digits }: PacketTimestamp): string | null {
  if (time === null) return null;
  const second = floorDivide(time, 1_000_000_000n);
  // A damaged capture may have any time; only those with a year of four digits can be written.
  if (second < MIN_ISO_SECONDS || second > MAX_ISO_SECONDS) return null;
  const whole = new Date(Number(second) * 1000).toISOString().slice(0, 19);
  const fraction = (time - second * 1_000_000_000n).toString().padStart(9, "0").slice(0, digits);
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/** Nanoseconds as seconds: `0.001230`. */
export function formatSeconds(nanoseconds: bigint, digits: number): string {
  const sign = nanoseconds < 0n ? "-" : "";
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = (size % 1_000_000_000n).toString().padStart(9, "0").slice(0, digits);
  return `${sign}${size / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Nanoseconds as a reader takes them in, to three figures: `312 µs`, `1.2 ms`, `20 s`. */
export function formatDuration(nanoseconds: bigint): string {
  const size = Math.abs(Number(nanoseconds));
  const [unit, name] = DURATION_UNITS.find(([least]) => size >= least * 0.9995) ?? [1e6, "ms"];
  const value = Number(nanoseconds) / unit;
  return `${Number(Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3))} ${name}`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a >= 0n || a % b === 0n ? a / b : a / b - 1n;
}
