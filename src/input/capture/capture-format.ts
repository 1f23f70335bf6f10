import type { TrafficSink } from "../../protocol/traffic.js";
import type { Fit, NotationReader, Sample } from "../notation/notation.js";

/** A format of captures: one file each, and one line in `captures.ts`. */
export interface CaptureFormat {
  /** What `--from` calls it. */
  readonly name: string;
  /** What it reads, in a phrase. */
  readonly reads: string;
  /** How well it fits a sample, `null` for not at all. */
  probe(sample: Sample): Fit | null;
  /** Whether a few bytes may be the start of its magic number, so that more are needed to know. */
  mayStartWith?(bytes: Uint8Array): boolean;
  /** Reads the input, as it comes, for a sink. Throws `InputError` at a fault that leaves nothing to go on with. */
  open(sink: TrafficSink): NotationReader;
}
