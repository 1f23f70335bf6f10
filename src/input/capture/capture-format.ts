import type { TrafficSink } from "../../protocol/traffic.js";
import type { Fit, NotationReader, Sample } from "../notation/notation.js";

/** A format of captures: one file each, and one line in `capture-formats.ts`. */
export interface CaptureFormat {
  /** Its name for `--from`. */
  readonly name: string;
  /** What it reads, as a short phrase for the help text. */
  readonly reads: string;
  /** How well it fits a sample; `null` if it does not fit. */
  probe(sample: Sample): Fit | null;
  /** Whether a few bytes may be the start of its magic number, so that more are needed to know. */
  mayStartWith?(bytes: Uint8Array): boolean;
  /** Reads the input chunk by chunk into a sink. Throws `InputError` at a fault after which nothing can be read. */
  open(sink: TrafficSink): NotationReader;
}
