import type { ConnectionReceiver, ConnectionStart, TrafficSink } from "../protocol/traffic.js";
import type { BackPressure } from "./back-pressure.js";

/** Observers of the traffic. */
export interface TrafficObserver extends TrafficSink, BackPressure {}

/**
 * Combines several observers. If one throws, a note reports it and that observer no longer sees the connection; the error never
 * affects the relayed bytes.
 */
export function observeAll(sinks: readonly TrafficSink[], note: (line: string) => void): TrafficSink {
  return {
    note,
    connection(start) {
      const taps = sinks.map((sink) => guardReceiver(sink, start, note));
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

function guardReceiver(sink: TrafficSink, start: ConnectionStart, note: (line: string) => void): ConnectionReceiver {
  let tap: ConnectionReceiver | null = null;
  const look = (how: () => void): void => {
    try {
      how();
    } catch (error) {
      tap = null;
      const ends = start.endpoints === null ? "a connection" : start.endpoints.join(" → ");
      note(`internal error: ${(error as Error).message}; ${ends} is no longer shown, its bytes are still relayed`);
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
