/**
 * Whatever is thrown at it, the whole way from input to view neither crashes nor hangs, and every refusal has a place and a
 * hint. `npm run fuzz` runs it a million times.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatError } from "../../src/cli/streams/error-line.js";
import { InputError } from "../../src/input/input-error.js";
import { StreamInspection } from "../../src/inspect/stream-inspection.js";
import { list } from "../../src/view/list.js";
import { ndjson } from "../../src/view/ndjson.js";
import { table } from "../../src/view/table.js";
import type { ViewModule } from "../../src/view/view.js";
import { textWidth } from "../../src/view/width.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";
import { readInput } from "../support/read-input.js";
import { fuzzRuns } from "../support/runs.js";

function show(bytes: Uint8Array, view: ViewModule, columns: number): string {
  const paper = new BufferedViewContext(columns);
  const inspection = new StreamInspection(view.open(paper), {
    sender: null,
    keep: 4096,
    messages: bytes.length % 2 === 0,
  });
  inspection.push(bytes);
  inspection.end();
  return paper.text;
}

/** Nothing but line ends controls the terminal. */
function assertHarmless(text: string): void {
  assert.doesNotMatch(text, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
}

async function readAndShow(input: Uint8Array, from: string, view: ViewModule): Promise<void> {
  let bytes: Uint8Array;
  try {
    ({ bytes } = await readInput([input], from));
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    const line = formatError(error);
    assert.match(line, /^wsframe: [^\n]+; [^\n]+\n$/);
    assertHarmless(line);
    return;
  }
  assertHarmless(show(bytes, view, 80));
}

const words = fc.constantFrom(
  "81",
  "05",
  "0x",
  "h",
  "$",
  " ",
  "\n",
  "b'",
  "'",
  '"',
  'b"',
  "\\x",
  "\\x8",
  "\\",
  "rb'''",
  "'''",
  "bytes([",
  "129",
  ",",
  "])",
  "bytes.fromhex('",
  "array('B', [",
  "<Buffer 81",
  "Uint8Array(2) [",
  "<<129",
  ">>",
  "0x81",
  "[129, 5",
  "{",
  "}",
  '"data":[',
  "00000000",
  "00000010  81 05",
  "*",
  "|",
  ":",
  "\\201",
  "\\u{",
  "\\u00",
  "%81",
  "%",
  "1000",
  "10000001",
  "$'",
  "/*",
  "...",
  " more items",
  "(",
  ")",
  "#",
  "//",
  "=",
  "gQ",
  "é",
  "\ufffd",
  "\u202e",
  "\u001b",
  "\0",
  "log ",
);
const nearlyInput = fc
  .array(fc.oneof(words, fc.string({ unit: "binary", maxLength: 3 })), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join("")));

test("random bytes as frames", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(199), async (bytes, die) => {
      await readAndShow(bytes, "raw", die === 0 ? table : die < 100 ? list : ndjson);
    }),
    fuzzRuns(750, 0.4),
  );
});

for (const from of ["hex", "python", "base64", "list", "string", "dump", "bits", "auto"]) {
  test(`nearly ${from}`, async () => {
    await fc.assert(
      fc.asyncProperty(nearlyInput, async (input) => readAndShow(input, from, list)),
      fuzzRuns(250, 0.075),
    );
  });
}

test("tables of any frame keep every line to the width", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(60, 80, 100, 136, 200), (bytes, columns) => {
      const shown = show(bytes, table, columns);
      assertHarmless(shown);
      for (const line of shown.split("\n")) assert.ok(textWidth(line) <= columns, line);
    }),
    fuzzRuns(150, 0.0005),
  );
});
