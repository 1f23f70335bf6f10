import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NO_RUN, RecentBytes } from "../../src/input/capture/net/recent-bytes.js";

const KEPT = 16 * 1024;
const byteAt = (place: number): number => (place * 31 + (place >> 8)) & 0xff;
const stream = (from: number, to: number): Uint8Array =>
  Uint8Array.from({ length: to - from }, (_, i) => byteAt(from + i));

test("a copy differs only if one of its kept bytes does", () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 20_000 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      sizes,
      fc.constantFrom(0, 0xffff_f000),
      fc.nat(40_000),
      fc.nat(2000),
      fc.nat(),
      (pieces, first, back, length, spoilt) => {
        const recent = new RecentBytes();
        let end = 0;
        let run = NO_RUN;
        for (const size of pieces) {
          run = recent.add(run, (first + end) | 0, stream(end, end + size));
          end += size;
        }
        const start = Math.max(0, end - back);
        const copy = stream(start, start + length);
        const sequence = (first + start) | 0;
        assert.equal(recent.differs(run, sequence, copy), false);
        if (length === 0) return;
        const at = spoilt % length;
        copy[at] = (copy[at] as number) ^ 1;
        const place = start + at;
        assert.equal(recent.differs(run, sequence, copy), place < end && place >= end - KEPT);
      },
    ),
    { numRuns: 300 },
  );
});

test("a run that does not end at the next bytes is not continued", () => {
  const recent = new RecentBytes();
  const run = recent.add(recent.add(NO_RUN, 0, stream(0, 100)), 200, stream(200, 300));
  assert.equal(recent.differs(run, 50, Uint8Array.of(1, 2, 3)), false);
  assert.equal(recent.differs(run, 250, Uint8Array.of(byteAt(250), 0, 0)), true);
});

test("alternating streams are kept apart, and overwritten bytes are not compared", () => {
  const recent = new RecentBytes();
  const ends = [NO_RUN, NO_RUN];
  for (let i = 0; i < 100; i++)
    for (const side of [0, 1])
      ends[side] = recent.add(ends[side] as number, i * 10, stream(side * 5000 + i * 10, side * 5000 + i * 10 + 10));
  for (const side of [0, 1]) {
    const copy = stream(side * 5000 + 5, side * 5000 + 995);
    assert.equal(recent.differs(ends[side] as number, 5, copy), false);
    copy[500] = (copy[500] as number) ^ 1;
    assert.equal(recent.differs(ends[side] as number, 5, copy), true);
  }
  let other = NO_RUN;
  for (let i = 0; i < 9 * 1024; i++) other = recent.add(other, i * 1024, new Uint8Array(1024));
  assert.equal(recent.differs(ends[0] as number, 5, new Uint8Array(500)), false);
});
