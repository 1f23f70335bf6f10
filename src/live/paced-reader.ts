import type { Readable } from "node:stream";
import type { BackPressure } from "./back-pressure.js";

/** The maximum slice to process, in bytes: its content may inflate to a thousand times its size. */
const MAX_SLICE_BYTES = 4 * 1024;
/** The maximum slice to relay, in bytes. */
export const MAX_RELAY_SLICE_BYTES: number = 64 * 1024;
/** Milliseconds of work after which other connections get a turn. */
const MAX_TURN_MS = 10;

/** When reading started in the current turn of the event loop; `null` if it has not. */
let turnStart: number | null = null;

/** Whether this turn of the event loop has used up its time. */
function isTurnOver(): boolean {
  if (turnStart !== null) return performance.now() - turnStart > MAX_TURN_MS;
  turnStart = performance.now();
  setImmediate(() => {
    turnStart = null;
  });
  return false;
}

/**
 * Reads a stream slice by slice, no faster than its consumers. The system delivers up to 2 MiB from one socket at
 * once, and processing it may take seconds: when a turn has used up its time, the stream waits for the next turn.
 * Unread bytes go back into the stream, so that its end event comes after them.
 *
 * @param takers returns the consumers to wait for before each slice
 * @param take receives each slice
 * @param slice the maximum size of a slice, in bytes
 */
export function readPaced(
  stream: Readable,
  takers: () => readonly BackPressure[],
  take: (bytes: Buffer) => void,
  slice: number = MAX_SLICE_BYTES,
): void {
  const goOn = (): void => void stream.resume();
  let heard = false;
  const nextTurn = (): void => {
    heard = false;
    goOn();
  };
  /** Pauses the stream if a consumer lags behind or this turn has used up its time; returns whether it did. */
  const wait = (): boolean => {
    const behind = takers().find((taker) => taker.draining !== null)?.draining ?? null;
    if (behind !== null) void behind.then(goOn);
    else if (isTurnOver() && heard) setImmediate(nextTurn);
    else return false;
    stream.pause();
    return true;
  };
  stream.on("data", (bytes: Buffer) => {
    for (let start = 0; start < bytes.length && !stream.destroyed; start += slice) {
      if (wait()) {
        stream.unshift(bytes.subarray(start));
        return;
      }
      heard = true;
      take(bytes.subarray(start, start + slice));
    }
    if (!stream.destroyed) wait();
  });
}
