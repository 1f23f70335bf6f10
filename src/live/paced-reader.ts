import type { Readable } from "node:stream";
import type { BackPressure } from "./back-pressure.js";
import type { SliceSize } from "./slice-size.js";
import { Turns } from "./turns.js";

/** All readers share the time of one process. */
const turns = new Turns();

/**
 * Reads a stream slice by slice, no faster than its consumers. The system delivers up to 2 MiB from one socket at
 * once, and processing it may take seconds: between slices, other connections get their turns. Unread bytes go back
 * into the stream, so that its end event comes after them.
 *
 * @param size the size of the slices; it adapts to the work that the caller measures with it
 * @param consumers returns the consumers to wait for before each slice
 * @param take receives each slice
 */
export function readPaced(
  stream: Readable,
  size: SliceSize,
  consumers: () => readonly BackPressure[],
  take: (bytes: Buffer) => void,
): void {
  let hasTurn = false;
  const waiter = {
    latestSlice: 0,
    isWaiting: false,
    start(): void {
      hasTurn = true;
      stream.resume();
    },
  };
  /** Pauses the stream if a consumer lags behind or others have their turn; returns whether it did. */
  const pause = (): boolean => {
    const behind = consumers().find((consumer) => consumer.draining !== null)?.draining ?? null;
    if (behind !== null) void behind.then(() => turns.wait(waiter));
    else if (!hasTurn && turns.isOver()) turns.wait(waiter);
    else return false;
    stream.pause();
    return true;
  };
  stream.on("data", (bytes: Buffer) => {
    let start = 0;
    while (start < bytes.length && !stream.destroyed) {
      if (pause()) {
        stream.unshift(bytes.subarray(start));
        return;
      }
      hasTurn = false;
      turns.countSlice(waiter);
      const end = start + size.bytes;
      take(bytes.subarray(start, end));
      start = end;
    }
    if (!stream.destroyed) pause();
  });
}
