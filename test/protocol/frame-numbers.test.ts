import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameNumbers } from "../../src/protocol/frame-numbers.js";

test("numbers are kept, however they follow one another", () => {
  const ascending = fc.uniqueArray(fc.nat(60), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(ascending, fc.nat(60), fc.nat(60), (list, from, to) => {
      const numbers = new FrameNumbers(...list);
      assert.deepEqual([...numbers], list);
      assert.deepEqual(
        [numbers.count, numbers.first, numbers.last],
        [list.length, list[0] ?? null, list.at(-1) ?? null],
      );
      assert.equal(
        numbers.meets(from, to),
        list.some((number) => number >= from && number <= to),
      );
    }),
  );
});

test("no number is in a range that ends before it begins", () => {
  assert.equal(new FrameNumbers(3, 4).meets(4, 3), false);
  assert.equal(new FrameNumbers(3, 4).meets(4, 4), true);
});
