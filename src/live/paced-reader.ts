import type { Readable } from "node:stream";
import type { BackPressure } from "./back-pressure.js";

/** Bytes that are worked on at once, at most: what they hold may inflate to a thousand times as much. */
const MAX_SLICE_BYTES = 4 * 1024;
/** Bytes that are passed on at once, at most. */
export const MAX_RELAY_SLICE_BYTES: number = 64 * 1024;
/** Milliseconds of work after which everybody else gets a turn. */
const MAX_TURN_MS = 10;

/** When the current turn of the event loop started to read; `null` if it has not. */
let turnStart: number | null = null;

/** Whether the event loop was kept for long enough in this turn. */
function isTurnOver(): boolean {
  if (turnStart !== null) return performance.now() - turnStart > MAX_TURN_MS;
  turnStart = performance.now();
  setImmediate(() => {
    turnStart = null;
  });
  return false;
}

/**
 * Reads a stream slice by slice, no faster than its consumers. The system delivers up to 2 MiB of one socket in a
 * row, and processing it may take seconds: when the time of a turn is used up, the stream waits for the next turn.
 * What was not taken goes back into the stream, so that its end comes behind it.
 *
 * @param takers gives those who are waited for before each slice
 * @param take takes a slice
 * @param slice bytes of a slice, at most
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
  /** What is to come before the next slice: someone keeps up again, or others have had their turn. */
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
