import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Utf8Validator } from "../../src/bytes/utf8.js";
import { cuts } from "../support/arbitrary-frames.js";
import { parseHexBytes, splitBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

/** Index of the first byte that cannot be, by the platform's own strict decoder: the end of the shortest prefix it rejects. */
function firstBad(bytes: Uint8Array): number {
  for (let end = 1; end <= bytes.length; end++) {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
    } catch {
      return end - 1;
    }
  }
  return -1;
}

function validate(bytes: Uint8Array, sizes: readonly number[]): { bad: number; pending: number } {
  const validator = new Utf8Validator();
  let at = 0;
  for (const piece of splitBytes(bytes, sizes)) {
    const bad = validator.push(piece, 0, piece.length);
    if (bad >= 0) return { bad: at + bad, pending: 0 };
    at += piece.length;
  }
  return { bad: -1, pending: validator.sequence.length };
}

const nearlyText = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc
    .tuple(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: "grapheme", maxLength: 100 }),
    )
    .map(([before, wild, after]) => Uint8Array.from(Buffer.concat([Buffer.from(before), wild, Buffer.from(after)]))),
);

test("the first byte that cannot be is the strict decoder's, however the text is cut", () => {
  fc.assert(
    fc.property(nearlyText, cuts, (bytes, sizes) => {
      const expected = firstBad(bytes);
      assert.equal(validate(bytes, [bytes.length || 1]).bad, expected);
      assert.equal(validate(bytes, sizes).bad, expected);
    }),
    fuzzRuns(500, 0.1),
  );
});

test("every two bytes", () => {
  for (let pair = 0; pair < 0x10000; pair++) {
    const bytes = Uint8Array.of(pair >> 8, pair & 0xff);
    if ((bytes[0] as number) < 0x80) continue;
    assert.equal(validate(bytes, [2]).bad, firstBad(bytes), pair.toString(16));
  }
});

for (const [hex, bad, pending] of [
  ["ed a0 80", 1, 0],
  ["ed 9f bf", -1, 0],
  ["f4 90 80 80", 1, 0],
  ["c0 80", 0, 0],
  ["e0 9f 80", 1, 0],
  ["f0 8f 80 80", 1, 0],
  ["80", 0, 0],
  ["ff", 0, 0],
  ["e5 86", -1, 2],
  ["f0 9f 98", -1, 3],
] as const) {
  test(`${hex}: ${bad < 0 ? `fine so far, ${pending} pending` : `byte ${bad} cannot be`}`, () => {
    assert.deepEqual(validate(parseHexBytes(hex), [1]), { bad, pending });
  });
}

test("after a fault nothing more is reported until a new text begins", () => {
  const validator = new Utf8Validator();
  assert.equal(validator.push(parseHexBytes("ff"), 0, 1), 0);
  assert.equal(validator.push(parseHexBytes("ff"), 0, 1), -1);
  validator.reset();
  assert.equal(validator.push(parseHexBytes("ff"), 0, 1), 0);
});

test("a fault far inside a long text is found", () => {
  const bytes = new Uint8Array(100_000).fill(0x61);
  bytes[70_001] = 0xff;
  assert.equal(new Utf8Validator().push(bytes, 0, bytes.length), 70_001);
});
