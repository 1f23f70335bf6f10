import { extensionsOf } from "../../src/cli/extensions-option.js";
import { Inspection, type InspectionOptions } from "../../src/cli/inspection.js";
import type { Sender } from "../../src/protocol/frame.js";
import { ndjson } from "../../src/view/ndjson.js";
import { PLAIN } from "../../src/view/theme.js";

/** A record as JSON gives it. */
export type AnyRecord = ReturnType<typeof JSON.parse>;

interface RecordOptions extends Pick<InspectionOptions, "messages" | "inflateLimit" | "leaveCompressed" | "selection"> {
  readonly sender?: Sender | null;
  readonly keep?: number;
  /** A Sec-WebSocket-Extensions value that was agreed, or `none` for a handshake that agreed on nothing. */
  readonly extensions?: string;
}

/** The records of a byte stream, as `--to ndjson` prints them. */
export function recordsOf(
  chunks: Iterable<Uint8Array>,
  { sender = null, keep = 2 ** 24, extensions, ...how }: RecordOptions = {},
): AnyRecord[] {
  let text = "";
  const view = ndjson.open({
    theme: PLAIN,
    columns: 80,
    say() {},
    write(piece) {
      text += piece;
    },
  });
  const agreed = extensions === undefined ? null : extensions === "none" ? [] : extensionsOf({ extensions });
  const inspection = new Inspection(view, { sender, keep, extensions: agreed, ...how });
  for (const chunk of chunks) inspection.push(chunk);
  inspection.end();
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
}

/** The findings of all records, as `rule offset length`. */
export function findingsOf(records: readonly AnyRecord[]): string[] {
  return records.flatMap((record) =>
    record.violations.map((found: AnyRecord) => `${found.rule} ${found.offset} ${found.length}`),
  );
}
