import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSelection, type SelectionCriteria } from "../../src/inspect/selection.js";
import { readRecords } from "../support/records.js";

const NOTHING_CHOSEN: SelectionCriteria = { stream: null, frames: null, kinds: null, pattern: null };
/** Text in two fragments with a ping between, a binary message, a reserved opcode, a Close frame. */
const BYTES = Buffer.from("010348656c8900 80026c6f 820200ff 8300 880203e8".replaceAll(" ", ""), "hex");

/** The indexes of the frames that meet the criteria. */
function selected(criteria: Partial<SelectionCriteria>): number[] {
  const selection = buildSelection({ ...NOTHING_CHOSEN, ...criteria });
  return readRecords([BYTES], { selection })
    .filter(({ type }) => type === "frame")
    .map(({ index }) => index);
}

test("without criteria, everything", () => {
  assert.deepEqual(selected({}), [0, 1, 2, 3, 4, 5]);
});

test("frames by their numbers", () => {
  assert.deepEqual(selected({ frames: [2, 3] }), [2, 3]);
  assert.deepEqual(selected({ frames: [9, 9] }), []);
});

test("frames by kind: opcode names, and findings", () => {
  assert.deepEqual(selected({ kinds: ["ping", "close"] }), [1, 5]);
  assert.deepEqual(selected({ kinds: ["findings"] }), [4]);
});

test("text by pattern: in a fragment, and in the message with its last fragment", () => {
  assert.deepEqual(selected({ pattern: /Hel/ }), [0, 2]);
  assert.deepEqual(selected({ pattern: /Hello/ }), [2]);
});

test("all criteria must hold", () => {
  assert.deepEqual(selected({ kinds: ["text", "continuation"], frames: [1, 9] }), [2]);
  assert.deepEqual(selected({ stream: 1 }), []);
});
