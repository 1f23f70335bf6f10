import type { AnyRecord } from "./any-record.js";

/** Records without what a form of the same capture may lack: zeros at the end of a time, or times at all. */
export function normalizeRecords(records: readonly AnyRecord[], timed: boolean): AnyRecord[] {
  return records.map((record) => {
    const { time, ...rest } = record;
    return timed && typeof time === "string" ? { ...rest, time: time.replace(/0+Z$/, "Z") } : rest;
  });
}
