import { type Watch, watching } from "../../src/live/traffic-observer.js";
import type { ConnectionTap, TransportEnd } from "../../src/protocol/traffic.js";
import { Queue } from "./queue.js";

/** A connection as those saw it who look. */
export interface Seen {
  readonly endpoints: readonly [string, string] | null;
  /** What each side sent: who opened the connection, and the other. */
  said(side: 0 | 1): Buffer;
  readonly over: Promise<TransportEnd | undefined>;
}

/** Those who look, and all that they saw. */
export interface Watched extends Watch {
  readonly lines: string[];
  behind: Promise<void> | null;
  /** The next connection. */
  next(): Promise<Seen>;
}

/**
 * Keeps what it is shown.
 *
 * @param look is called with all bytes before they are kept, and may throw
 */
export function watched(look: (bytes: Uint8Array) => void = () => {}): Watched {
  const lines: string[] = [];
  const seen = new Queue<Seen>("a connection that is seen");
  const say = (line: string): void => void lines.push(line);
  const sink = watching(
    [
      {
        say,
        connection({ endpoints }): ConnectionTap {
          const sides: [Buffer[], Buffer[]] = [[], []];
          let end: (transport: TransportEnd | undefined) => void = () => {};
          const over = new Promise<TransportEnd | undefined>((resolve) => {
            end = resolve;
          });
          seen.add({ endpoints, said: (side) => Buffer.concat(sides[side]), over });
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
    say,
  );
  return { ...sink, lines, behind: null, next: () => seen.next() };
}
