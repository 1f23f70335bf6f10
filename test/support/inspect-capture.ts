import { CAPTURE_FORMATS } from "../../src/input/capture/capture-formats.js";
import { InputError } from "../../src/input/input-error.js";
import { CaptureInspection } from "../../src/inspect/capture-inspection.js";
import { ndjson } from "../../src/view/ndjson.js";
import { NULL_VIEW } from "../../src/view/null-view.js";
import { formatVerdict, hasVerdict } from "../../src/view/verdict.js";
import type { View } from "../../src/view/view.js";
import type { AnyRecord } from "./any-record.js";
import { BufferedViewContext } from "./buffered-view-context.js";
import { splitBytes } from "./bytes.js";

/** The records and notes of a capture. */
export interface InspectedCapture {
  readonly records: AnyRecord[];
  readonly notes: string[];
  readonly fault: InputError | null;
}

/** The records of a capture, as `--to ndjson` prints them, and the notes. */
export function inspectCapture(
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length || 1],
  port: number | null = null,
  from = "pcap",
): InspectedCapture {
  const paper = new BufferedViewContext();
  const { notes, fault } = showCapture(ndjson.open(paper), bytes, sizes, port, from);
  return { records: paper.records, notes: notes, fault };
}

/** The verdicts on the connections of a capture, one line each, in the order in which they ended. */
export function formatVerdicts(bytes: Uint8Array): string[] {
  const verdicts: string[] = [];
  showCapture(
    { ...NULL_VIEW, closed: (event) => hasVerdict(event) && verdicts.push(formatVerdict(event).join(" | ")) },
    bytes,
  );
  return verdicts;
}

/** Shows a capture in a view. */
function showCapture(
  view: View,
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length || 1],
  port: number | null = null,
  from = "pcap",
): Omit<InspectedCapture, "records"> {
  const said: string[] = [];
  const inspection = new CaptureInspection(view, { keep: 2 ** 20, port, note: (line) => said.push(line) });
  const format = CAPTURE_FORMATS.find(({ name }) => name === from) as (typeof CAPTURE_FORMATS)[number];
  const reader = format.open(inspection.sink);
  let fault: InputError | null = null;
  try {
    for (const piece of splitBytes(bytes, sizes)) {
      // A piece is valid only during the call, so it is overwritten afterwards.
      const own = Uint8Array.from(piece);
      reader.push(own);
      own.fill(0xd7);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    fault = error;
  }
  inspection.end();
  return { notes: said, fault };
}
