import type { CaptureSink, ConnectionStart, ConnectionTap } from "../protocol/traffic.js";
import type { Taker } from "./back-pressure.js";

/** Those who look at what crosses. */
export interface Watch extends CaptureSink, Taker {}

/**
 * Several who look, as one. A fault in looking is said, and ends the looking at that connection: it never reaches those who
 * carry the bytes.
 */
export function watching(sinks: readonly CaptureSink[], say: (line: string) => void): CaptureSink {
  return {
    say,
    connection(start) {
      const taps = sinks.map((sink) => guarded(sink, start, say));
      return {
        data(side, bytes, at) {
          for (const tap of taps) tap.data(side, bytes, at);
        },
        gap(side, length, at) {
          for (const tap of taps) tap.gap(side, length, at);
        },
        message(message) {
          for (const tap of taps) tap.message(message);
        },
        end(transport) {
          for (const tap of taps) tap.end(transport);
        },
      };
    },
  };
}

function guarded(sink: CaptureSink, start: ConnectionStart, say: (line: string) => void): ConnectionTap {
  let tap: ConnectionTap | null = null;
  const look = (how: () => void): void => {
    try {
      how();
    } catch (error) {
      tap = null;
      const ends = start.endpoints === null ? "a connection" : start.endpoints.join(" → ");
      say(`internal error: ${(error as Error).message}; ${ends} is shown no further, and its bytes go on`);
    }
  };
  look(() => {
    tap = sink.connection(start);
  });
  return {
    data: (side, bytes, at) => look(() => tap?.data(side, bytes, at)),
    gap: (side, length, at) => look(() => tap?.gap(side, length, at)),
    message: (message) => look(() => tap?.message(message)),
    end: (transport) => look(() => tap?.end(transport)),
  };
}
