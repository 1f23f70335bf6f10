import { parseExtensionOptions } from "../../src/cli/options/extensions.js";
import { StreamInspection, type StreamInspectionOptions } from "../../src/inspect/stream-inspection.js";
import type { Sender } from "../../src/protocol/frame/frame.js";
import { ndjson } from "../../src/view/ndjson.js";
import type { AnyRecord } from "./any-record.js";
import { BufferedViewContext } from "./buffered-view-context.js";

interface RecordOptions
  extends Pick<StreamInspectionOptions, "messages" | "inflateLimit" | "leaveCompressed" | "selection"> {
  readonly sender?: Sender | null;
  readonly keep?: number;
  /** The agreed Sec-WebSocket-Extensions value, or `none` for a handshake without extensions. */
  readonly extensions?: string;
  /** The missing bytes: their offset, and their number. */
  readonly gap?: readonly [offset: number, length: number];
}

/** The records of a byte stream, as `--to ndjson` prints them. */
export function readRecords(
  chunks: Iterable<Uint8Array>,
  { sender = null, keep = 2 ** 24, extensions, gap, ...how }: RecordOptions = {},
): AnyRecord[] {
  const paper = new BufferedViewContext();
  const agreed = extensions === undefined ? null : extensions === "none" ? [] : parseExtensionOptions({ extensions });
  const inspection = new StreamInspection(ndjson.open(paper), { sender, keep, extensions: agreed, ...how });
  let offset = 0;
  let lost = false;
  for (const piece of chunks) {
    // Bytes are valid only during the call, so they are overwritten afterwards.
    const chunk = Uint8Array.from(piece);
    const before = gap === undefined || offset > gap[0] ? chunk.length : Math.min(chunk.length, gap[0] - offset);
    inspection.push(chunk.subarray(0, before));
    if (gap !== undefined && offset <= gap[0] && offset + before === gap[0] && !lost) {
      inspection.addGap(gap[1]);
      lost = true;
    }
    inspection.push(chunk.subarray(before));
    chunk.fill(0xd7);
    offset += chunk.length;
  }
  inspection.end();
  return paper.records;
}

/** The findings of all records, as `rule offset length`. */
export function listFindings(records: readonly AnyRecord[]): string[] {
  return records.flatMap((record) =>
    record.findings.map((found: AnyRecord) => `${found.rule} ${found.offset} ${found.length}`),
  );
}
