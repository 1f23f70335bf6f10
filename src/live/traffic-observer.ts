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
      const receivers = sinks.map((sink) => guardReceiver(sink, start, note));
      return {
        data(side, bytes, at) {
          for (const receiver of receivers) receiver.data(side, bytes, at);
        },
        gap(side, length, at) {
          for (const receiver of receivers) receiver.gap(side, length, at);
        },
        message(message) {
          for (const receiver of receivers) receiver.message(message);
        },
        end(transport) {
          for (const receiver of receivers) receiver.end(transport);
        },
      };
    },
  };
}

function guardReceiver(sink: TrafficSink, start: ConnectionStart, note: (line: string) => void): ConnectionReceiver {
  let receiver: ConnectionReceiver | null = null;
  const guard = (how: () => void): void => {
    try {
      how();
    } catch (error) {
      receiver = null;
      const ends = start.endpoints === null ? "a connection" : start.endpoints.join(" → ");
      note(`internal error: ${(error as Error).message}; ${ends} is no longer shown, its bytes are still relayed`);
    }
  };
  guard(() => {
    receiver = sink.connection(start);
  });
  return {
    data: (side, bytes, at) => guard(() => receiver?.data(side, bytes, at)),
    gap: (side, length, at) => guard(() => receiver?.gap(side, length, at)),
    message: (message) => guard(() => receiver?.message(message)),
    end: (transport) => guard(() => receiver?.end(transport)),
  };
}
