import { Inspection } from "../../src/cli/inspection.js";
import type { Sender } from "../../src/protocol/frame.js";
import { ndjson } from "../../src/view/ndjson.js";
import { PLAIN } from "../../src/view/theme.js";

/** A record as JSON gives it. */
export type AnyRecord = ReturnType<typeof JSON.parse>;

/** The records of a byte stream, as `--to ndjson` prints them. */
export function recordsOf(
  chunks: Iterable<Uint8Array>,
  { sender = null, keep = 2 ** 24 }: { sender?: Sender | null; keep?: number } = {},
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
  const inspection = new Inspection(view, sender, keep);
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
