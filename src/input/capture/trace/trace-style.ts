import type { TrafficSink } from "../../../protocol/traffic.js";
import type { LineReceiver } from "../../line-reader.js";

/** The log format of one program. */
export interface TraceStyle {
  /** Whether a line is from this program: reading starts with the first such line. */
  isTraceLine(line: string): boolean;
  /** Why a text is in this format, as a noun phrase; `null` if it has nothing that only this program prints. */
  probe(text: string): string | null;
  open(sink: TrafficSink): LineReceiver;
}
