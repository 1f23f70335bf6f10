import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { FrameNumbers } from "../../src/protocol/frame-numbers.js";

test("numbers are kept, however they follow one another", () => {
  const near = fc.nat(60);
  const far = fc.oneof(near, fc.integer({ min: 120, max: 140 }), fc.maxSafeNat());
  const ascending = fc
    .oneof(fc.uniqueArray(near, { maxLength: 30 }), fc.uniqueArray(far, { maxLength: 30 }))
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(ascending, far, far, (list, from, to) => {
      const numbers = new FrameNumbers(...list);
      assert.deepEqual([...numbers], list);
      assert.deepEqual(
        [numbers.count, numbers.first, numbers.last],
        [list.length, list[0] ?? null, list.at(-1) ?? null],
      );
      assert.equal(
        numbers.hasAnyBetween(from, to),
        list.some((number) => number >= from && number <= to),
      );
    }),
  );
});

test("no number is in a range that ends before it begins", () => {
  assert.equal(new FrameNumbers(3, 4).hasAnyBetween(4, 3), false);
  assert.equal(new FrameNumbers(3, 4).hasAnyBetween(4, 4), true);
});

test("a fragment behind a control frame takes a few bytes, not two numbers of 8", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const fragments = 1_000_000;
  const before = used();
  const numbers = new FrameNumbers();
  for (let i = 0; i < fragments; i++) numbers.add(2 * i);
  const taken = (used() - before) / fragments;
  assert.equal(numbers.count, fragments);
  assert.ok(taken < 8, `${taken} bytes a fragment`);
});
