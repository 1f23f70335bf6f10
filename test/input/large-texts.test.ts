import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { har } from "../../src/input/capture/messages/har.js";
import { dump } from "../../src/input/notation/dump.js";
import { list } from "../../src/input/notation/list.js";
import type { NotationReader } from "../../src/input/notation/notation.js";
import { string } from "../../src/input/notation/string.js";
import { looksLikeFrames } from "../../src/protocol/resync/frame-shape.js";

/** More than a pattern that repeats a choice can go over. */
const LARGE = 12 * 1024 * 1024;

function readAll(open: (out: (bytes: Uint8Array) => void) => NotationReader, text: string): Uint8Array {
  const found: Uint8Array[] = [];
  const reader = open((bytes) => found.push(Uint8Array.from(bytes)));
  reader.push(Buffer.from(text));
  reader.end();
  return Buffer.concat(found);
}

test("a list may have millions of blanks in it", () => {
  const bytes = readAll((out) => list.open(out, looksLikeFrames), `[129,${" ".repeat(LARGE)}0]`);
  deepEqual([...bytes], [129, 0]);
});

test("a string may have millions of characters", () => {
  const bytes = readAll((out) => string.open(out, looksLikeFrames), `"\\x81${"a".repeat(LARGE)}"`);
  equal(bytes.length, LARGE + 1);
});

test("a dump line without an end is refused before it fills the memory", () => {
  const reader = dump.open(() => {}, looksLikeFrames);
  const piece = Buffer.alloc(64 * 1024, "0");
  throws(() => {
    for (let pushed = 0; pushed < LARGE; pushed += piece.length) reader.push(piece);
  }, /a line is longer than 16 KiB/);
});

test("a HAR with too deep nesting is refused before it is parsed", () => {
  const deep = 100_000;
  const reader = har.open({ note() {}, connection: () => ({ data() {}, gap() {}, message() {}, end() {} }) });
  throws(() => {
    reader.push(Buffer.from(`{"log":{"entries":[${'{"a":'.repeat(deep)}1${"}".repeat(deep)}]}}`));
    reader.end();
  }, /more than 64 deep/);
});
