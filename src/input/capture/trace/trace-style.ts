import type { TrafficSink } from "../../../protocol/traffic.js";
import type { LineReceiver } from "../../line-reader.js";

/** A program's way to log what it sends and receives. */
export interface TraceStyle {
  /** Whether a line is one of the program's: reading begins with the first. */
  isTraceLine(line: string): boolean;
  /** What speaks for it in a text, as a noun phrase; `null` where nothing does that no other program prints. */
  probe(text: string): string | null;
  open(sink: TrafficSink): LineReceiver;
}
