import type { AnyRecord } from "./any-record.js";

/** Records without details that another form of the same capture may lack: trailing zeros of a time, or times at all. */
export function normalizeRecords(records: readonly AnyRecord[], timed: boolean): AnyRecord[] {
  return records.map((record) => {
    const { time, ...rest } = record;
    return timed && typeof time === "string" ? { ...rest, time: time.replace(/0+Z$/, "Z") } : rest;
  });
}
