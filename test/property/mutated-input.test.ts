/**
 * Damaged inputs of every kind: what is read of them is shown, what is not is refused with a place and a hint; no view grows out
 * of proportion, and the pieces in which an input comes make no difference. `npm run fuzz` runs it a million times.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { isGzip } from "../../src/cli/streams/gunzip.js";
import { InputError } from "../../src/input/input-error.js";
import { arbitraryMutation } from "../support/mutations.js";
import { fuzzRuns } from "../support/runs.js";
import { type ShownInput, showInput } from "../support/show-input.js";

function filesBelow(...folders: readonly string[]): Buffer[] {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile() && statSync(path).size < 20_000)
      .sort(),
  );
  assert.ok(files.length > 3, folders.join());
  return files.map((path) => readFileSync(path));
}

const KINDS: Readonly<Record<string, readonly Buffer[]>> = {
  notations: filesBelow("fixtures/samples", "fixtures/rfc6455-5.7").filter((file) => file.length < 4000),
  "captures, HAR and flow files, traces": filesBelow("fixtures/samples/cap", "fixtures/captures"),
  "heads and frames": filesBelow("fixtures/rules", "fixtures/conversations"),
};

/** Lines that a view may write for each byte of an input, and for none. A frame of two bytes is a table, with its findings. */
const CHARACTERS_A_BYTE = 4000;
const CHARACTERS = 20_000;
/** Bytes that a byte of gzip inflates to, at most. */
const MOST_INFLATED = 1032;

/** The most bytes that the * rows of an input may stand for: a test keeps all of the output. */
const MAX_REPEATED_BYTES = 2 ** 16;
/** Whether an input has a * row of a dump, which stands for as many bytes as the offsets say: up to 4 GiB. */
const isRepeating = (input: Uint8Array): boolean => /^\s*\*\s*$/m.test(Buffer.from(input).toString("latin1"));

/** Whether an input stands for more bytes than a test can keep. */
function isHuge(input: Uint8Array): boolean {
  const offsets = Buffer.from(input)
    .toString("latin1")
    .matchAll(/^[0-9a-f]{4,16}\b/gim);
  return isRepeating(input) && [...offsets].some(([offset]) => Number.parseInt(offset, 16) > MAX_REPEATED_BYTES);
}

function assertInBounds(input: Uint8Array, { text, notes, fault }: ShownInput): void {
  if (fault !== null) {
    assert.ok(fault instanceof InputError, String(fault instanceof Error ? fault.stack : fault));
    assert.notEqual(fault.hint, "");
  }
  assert.doesNotMatch(text, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
  assert.doesNotMatch(notes, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
  const bytes = isGzip(input) ? input.length * MOST_INFLATED : input.length;
  assert.ok(
    text.length <= CHARACTERS + (bytes + (isRepeating(input) ? MAX_REPEATED_BYTES : 0)) * CHARACTERS_A_BYTE,
    `${text.length} of ${input.length}`,
  );
  // A line of a note or an error is one that a person can read.
  for (const line of notes.split("\n")) assert.ok(line.length <= 1500, line);
}

for (const [kind, files] of Object.entries(KINDS)) {
  test(`damaged ${kind} are shown or refused`, async () => {
    const inputs = arbitraryMutation(files)
      .filter((bytes) => !isHuge(bytes))
      .chain((bytes) => fc.constantFrom(bytes, bytes, bytes, bytes, gzipSync(bytes)));
    await fc.assert(
      fc.asyncProperty(
        inputs,
        fc.constantFrom("list", "list", "ndjson", "ndjson", "summary", "bits", "hex", "table"),
        fc.boolean(),
        async (input, view, messages) => assertInBounds(input, await showInput(input, { view, messages })),
      ),
      fuzzRuns(100, 0.25),
    );
  });

  test(`damaged ${kind} give the same in any pieces`, async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(arbitraryMutation(files), sizes, async (input, some) => {
        // What an input is may be found out sooner where it comes slowly: that is settled before.
        const { format } = await showInput(input, { view: "summary" });
        if (format === null) return;
        const whole = await showInput(input, { view: "ndjson", format });
        const inPieces = await showInput(input, { view: "ndjson", format, sizes: some });
        assert.equal(inPieces.text, whole.text);
        // Of a text that comes slowly less is there to be shown around a fault.
        assert.equal(inPieces.notes.replace(/, near "[^\n]*"/g, ""), whole.notes.replace(/, near "[^\n]*"/g, ""));
      }),
      fuzzRuns(50, 0.08),
    );
  });
}
