import { observeAll, type TrafficObserver } from "../../src/live/traffic-observer.js";
import type { ConnectionReceiver, TransportEnd } from "../../src/protocol/traffic.js";
import { Queue } from "./queue.js";

/** A connection as its observer saw it. */
export interface ObservedConnection {
  readonly endpoints: readonly [string, string] | null;
  /** The bytes of each side: 0 opened the connection, 1 accepted it. */
  sentBy(side: 0 | 1): Buffer;
  readonly ended: Promise<TransportEnd | undefined>;
}

/** An observer that records everything. */
export interface RecordingObserver extends TrafficObserver {
  readonly notes: string[];
  draining: Promise<void> | null;
  /** The next connection. */
  next(): Promise<ObservedConnection>;
}

/**
 * Creates an observer that records everything.
 *
 * @param look called with all bytes before they are recorded, and may throw
 */
export function createObserver(look: (bytes: Uint8Array) => void = () => {}): RecordingObserver {
  const lines: string[] = [];
  const seen = new Queue<ObservedConnection>("a connection that is seen");
  const note = (line: string): void => void lines.push(line);
  const sink = observeAll(
    [
      {
        note,
        connection({ endpoints }): ConnectionReceiver {
          const sides: [Buffer[], Buffer[]] = [[], []];
          let end: (transport: TransportEnd | undefined) => void = () => {};
          const over = new Promise<TransportEnd | undefined>((resolve) => {
            end = resolve;
          });
          seen.add({ endpoints, sentBy: (side) => Buffer.concat(sides[side]), ended: over });
          return {
            data(side, bytes) {
              look(bytes);
              sides[side].push(Buffer.from(bytes));
            },
            gap() {},
            message() {},
            end,
          };
        },
      },
    ],
    note,
  );
  return { ...sink, notes: lines, draining: null, next: () => seen.next() };
}
