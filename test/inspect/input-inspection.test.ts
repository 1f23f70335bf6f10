/** The inspection core in process: inputs of any format, one after the other, into one view. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { InputError } from "../../src/input/input-error.js";
import { InputInspection, type InputInspectionOptions } from "../../src/inspect/input-inspection.js";
import { buildSelection } from "../../src/inspect/selection.js";
import type { Source } from "../../src/inspect/source.js";
import { ndjson } from "../../src/view/ndjson.js";
import type { AnyRecord } from "../support/any-record.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";

const HELLO = "81 05 48 65 6c 6c 6f";
const CAPTURE = readFileSync("fixtures/samples/cap/ws-lo.pcap");

function sourceOf(...chunks: readonly (string | Uint8Array)[]): Source {
  return {
    name: null,
    isReadWhole: false,
    async *chunks() {
      for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    },
  };
}

/** Opens an inspection whose records and notes can be read. */
function openInspection(options: Partial<InputInspectionOptions> = {}): {
  readonly inspection: InputInspection;
  readonly notes: string[];
  records(): AnyRecord[];
  opened(): readonly boolean[];
} {
  const context = new BufferedViewContext();
  const notes: string[] = [];
  const opened: boolean[] = [];
  const inspection = new InputInspection({
    sender: null,
    port: null,
    note: (line) => notes.push(line),
    async openView(capture) {
      opened.push(capture);
      return { view: ndjson.open(context), keep: 1000 };
    },
    afterChunk: async () => {},
    ...options,
  });
  return { inspection, notes, records: () => context.records, opened: () => opened };
}

const framesIn = (records: readonly AnyRecord[]): AnyRecord[] => records.filter(({ type }) => type === "frame");

test("bytes of several inputs are one stream: a frame may begin in one and end in the next", async () => {
  const { inspection, records } = openInspection();
  await inspection.read(sourceOf("81 05 48"), null);
  await inspection.read(sourceOf("b'\\x65\\x6c\\x6c\\x6f'"), null);
  inspection.end();
  assert.deepEqual(
    framesIn(records()).map(({ payload, complete }) => [payload, complete]),
    [["Hello", true]],
  );
});

test("bytes and captures go into one view, and no two connections have the same number", async () => {
  const { inspection, records, opened } = openInspection();
  await inspection.read(sourceOf(HELLO), null);
  assert.equal(inspection.format?.name, "hex");
  await inspection.read(sourceOf(CAPTURE), null);
  assert.equal(inspection.format?.name, "pcap");
  inspection.end();
  assert.deepEqual(opened(), [false], "the view of the first input stays");
  const streams = new Set(framesIn(records()).map(({ stream }) => stream));
  assert.deepEqual([...streams].sort(), [0, 1]);
});

test("chunks of any size give the same records", async () => {
  const whole = openInspection();
  await whole.inspection.read(sourceOf(CAPTURE), null);
  whole.inspection.end();
  const single = openInspection();
  const bytes = Array.from(CAPTURE, (_, i) => CAPTURE.subarray(i, i + 1));
  await single.inspection.read(sourceOf(...bytes), null);
  single.inspection.end();
  assert.deepEqual(single.records(), whole.records());
  assert.ok(whole.records().length > 5);
});

test("counts cover everything, records only what is selected", async () => {
  const selection = buildSelection({ stream: null, frames: null, kinds: ["ping"], pattern: null });
  const { inspection, records } = openInspection({ selection });
  await inspection.read(sourceOf(`${HELLO} 89 00 83 00`), null);
  inspection.end();
  assert.deepEqual(
    framesIn(records()).map(({ opcodeName }) => opcodeName),
    ["ping"],
  );
  assert.deepEqual(
    [inspection.presenter?.counts.frames, inspection.presenter?.counts.shown, inspection.presenter?.hasErrors],
    [3, 1, true],
  );
});

test("an input without bytes, and a capture without WebSocket, are refused at the end", async () => {
  const empty = openInspection();
  await empty.inspection.read(sourceOf("# nothing"), null).catch((error) => assert.ok(error instanceof InputError));
  assert.throws(() => empty.inspection.end(), InputError);
  const none = openInspection();
  await none.inspection.read(sourceOf(CAPTURE.subarray(0, 24)), null);
  assert.throws(() => none.inspection.end(), /no WebSocket/);
});

test("after an interrupt the rest is not read, and a frame that is cut is no finding", async () => {
  let interrupted = false;
  const { inspection, records } = openInspection({ isInterrupted: () => interrupted });
  await inspection.read(sourceOf(HELLO, " 81 05 48"), null);
  interrupted = true;
  await inspection.read(sourceOf(HELLO), null);
  inspection.end();
  assert.deepEqual(
    framesIn(records()).map(({ complete, findings }) => [complete, findings.length]),
    [
      [true, 0],
      [false, 0],
    ],
  );
  assert.equal(inspection.presenter?.hasErrors, false);
});
