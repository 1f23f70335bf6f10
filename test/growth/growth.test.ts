/** Whatever is read, four times as much of it takes about four times the steps: of every kind, in small pieces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decompress } from "../../src/cli/streams/decompress.js";
import { CAPTURE_FORMATS } from "../../src/input/capture/capture-formats.js";
import { InputError } from "../../src/input/input-error.js";
import type { Notation } from "../../src/input/notation/notation.js";
import { NOTATIONS } from "../../src/input/notation/notations.js";
import { CaptureInspection } from "../../src/inspect/capture-inspection.js";
import { readSource } from "../../src/inspect/source-reader.js";
import { StreamInspection } from "../../src/inspect/stream-inspection.js";
import { looksLikeFrames } from "../../src/protocol/resync/frame-shape.js";
import { NULL_VIEW } from "../../src/view/null-view.js";
import { splitBytes } from "../support/bytes.js";
import { countSteps } from "../support/steps.js";
import { AUTO_INPUTS, CAPTURE_INPUTS, GZIP_INPUTS, type Hostile, NOTATION_INPUTS } from "./hostile.js";

const SMALLEST = 3_000;
/** Twice and a little: what is the same for every input makes growth less, and a buffer that doubles makes it uneven. */
const MOST = 2.6;

type Reader = (bytes: Uint8Array, piece: number) => Promise<void>;

/** Reads all of it, or up to its fault: both may not take long. */
async function upToFault(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

function chunksOf(bytes: Uint8Array, piece: number): AsyncIterable<Uint8Array> {
  return (async function* () {
    yield* splitBytes(bytes, [piece]);
  })();
}

/** Reads as the command does, down to the view. */
function reading(name: string | null): Reader {
  return (bytes, piece) =>
    upToFault(async () => {
      const inspection = new StreamInspection(NULL_VIEW, { sender: null, keep: 4096 });
      const capture = new CaptureInspection(NULL_VIEW, { keep: 4096, port: null, note() {} });
      const formats = [...NOTATIONS, ...CAPTURE_FORMATS];
      const format = name === null ? null : (formats.find((one) => one.name === name) ?? assert.fail(name));
      await readSource(
        { name: null, isReadWhole: false, chunks: () => chunksOf(bytes, piece) },
        {
          format,
          captures: CAPTURE_FORMATS,
          open: (found) =>
            CAPTURE_FORMATS.some((one) => one === found)
              ? (found as (typeof CAPTURE_FORMATS)[number]).open(capture.sink)
              : (found as Notation).open((out) => inspection.push(out), looksLikeFrames),
          afterChunk: async () => {},
          note() {},
        },
      );
      inspection.end();
      capture.end();
    });
}

const unzipping: Reader = (bytes, piece) =>
  upToFault(async () => {
    for await (const _ of decompress(chunksOf(bytes, piece), () => {}));
  });

async function assertLinear(read: Reader, make: Hostile, piece: number): Promise<void> {
  const counts: number[] = [];
  // The first run is not counted: what is made once is made there.
  await countSteps(() => read(make(SMALLEST), piece));
  for (const times of [1, 4]) {
    const bytes = make(SMALLEST * times);
    counts.push(await countSteps(() => read(bytes, piece)));
  }
  const [few = 0, many = 0] = counts;
  assert.ok(many / few < MOST ** 2, `${few} steps, and ${many} for four times as much`);
}

function tests(kind: string, read: Reader, inputs: Readonly<Record<string, Hostile>>): void {
  for (const [name, make] of Object.entries(inputs)) {
    test(`${kind}: ${name}`, async () => {
      await assertLinear(read, make, 64);
    });
  }
}

for (const [name, inputs] of Object.entries(NOTATION_INPUTS)) {
  tests(name, reading(name), inputs);
}
tests("auto", reading(null), AUTO_INPUTS);
for (const [name, inputs] of Object.entries(CAPTURE_INPUTS)) {
  tests(name, reading(name), inputs);
}
tests("gzip", unzipping, GZIP_INPUTS);

test("every reader has inputs", () => {
  const readers = [...NOTATIONS, ...CAPTURE_FORMATS].map(({ name }) => name).sort();
  assert.deepEqual([...Object.keys(NOTATION_INPUTS), ...Object.keys(CAPTURE_INPUTS)].sort(), readers);
});
