/** Several connections are read in turn. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { mock, test } from "node:test";
import type { BackPressure } from "../../src/live/back-pressure.js";
import { createDeferred, type Deferred } from "../../src/live/deferred.js";
import { readPaced } from "../../src/live/paced-reader.js";
import { MAX_SLICE_BYTES, SliceSize } from "../../src/live/slice-size.js";

/** Runs with a clock that only the test advances. */
async function withClock(run: (advance: (milliseconds: number) => void) => Promise<void>): Promise<void> {
  let time = 0;
  const clock = mock.method(performance, "now", () => time);
  try {
    await run((milliseconds) => {
      time += milliseconds;
    });
  } finally {
    clock.mock.restore();
  }
}

/** 64 KiB, each byte the number of its 256-byte block. */
const FLOOD = Buffer.from(Array.from({ length: 65_536 }, (_, i) => i >> 8));
const NONE: readonly BackPressure[] = [];

const nextIteration = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ended = (stream: PassThrough): Promise<void> => new Promise((resolve) => stream.on("end", resolve));

test("a stream that is slow to process does not block others, and its end comes after its bytes", async () => {
  await withClock(async (advance) => {
    const order: string[] = [];
    const [flood, other] = [new PassThrough({ highWaterMark: 2 ** 20 }), new PassThrough()];
    const taken: Buffer[] = [];
    readPaced(
      flood,
      new SliceSize(MAX_SLICE_BYTES),
      () => NONE,
      (bytes) => {
        advance(100);
        taken.push(Buffer.from(bytes));
      },
    );
    readPaced(
      other,
      new SliceSize(MAX_SLICE_BYTES),
      () => NONE,
      () => order.push(`other, with ${Buffer.concat(taken).length < FLOOD.length ? "more" : "nothing"} to come`),
    );
    flood.end(FLOOD);
    setImmediate(() => other.write("hi"));
    await ended(flood);
    assert.deepEqual(order, ["other, with more to come"]);
    assert.ok(Buffer.concat(taken).equals(FLOOD));
  });
});

test("streams get slices in turn, and a new one gets its first slice before the others get another", async () => {
  await withClock(async (advance) => {
    const order: string[] = [];
    const open = (name: string): PassThrough => {
      const stream = new PassThrough({ highWaterMark: 2 ** 20 });
      readPaced(
        stream,
        new SliceSize(MAX_SLICE_BYTES),
        () => NONE,
        () => {
          advance(100);
          order.push(name);
        },
      );
      return stream;
    };
    const floods = ["a", "b", "c", "d"].map(open);
    for (const flood of floods) flood.end(FLOOD);
    while (order.length < 10) await nextIteration();
    const before = order.length;
    open("new").end("hi");
    await Promise.all(floods.map(ended));
    assert.match(order.slice(4, before).join(""), /^(abcd)*(|a|ab|abc)$/);
    assert.ok(order.indexOf("new") - before <= 1, `${order.indexOf("new") - before} slices came first`);
  });
});

test("after a consumer has caught up, the streams that had no slice come first", async () => {
  await withClock(async (advance) => {
    const order: string[] = [];
    let behind: Deferred | null = null;
    const consumer: BackPressure = {
      get draining() {
        return behind?.promise ?? null;
      },
    };
    const streams = ["a", "b", "c", "d"].map((name) => {
      const stream = new PassThrough({ highWaterMark: 2 ** 20 });
      readPaced(
        stream,
        new SliceSize(MAX_SLICE_BYTES),
        () => [consumer],
        () => {
          advance(100);
          order.push(name);
          // Each slice fills the consumer.
          const full = createDeferred();
          behind = full;
          setImmediate(() => {
            behind = null;
            full.resolve();
          });
        },
      );
      return stream;
    });
    for (const stream of streams) stream.end(FLOOD);
    await Promise.all(streams.map(ended));
    const rounds = order.join("").match(/..../g) ?? [];
    assert.ok(rounds.length > 2);
    for (const round of rounds) assert.equal([...round].toSorted().join(""), "abcd");
  });
});

test("slices shrink while their work is slow, and grow while it is fast", async () => {
  await withClock(async (advance) => {
    const size = new SliceSize(MAX_SLICE_BYTES);
    const measure = (milliseconds: number): number => {
      size.measure(() => advance(milliseconds));
      return size.bytes;
    };
    const first = size.bytes;
    assert.equal(measure(1), first);
    assert.equal(measure(3), first / 2);
    assert.equal(measure(0.1), first);
    for (let i = 0; i < 20; i++) measure(100);
    const least = size.bytes;
    assert.ok(least > 0 && least < first);
    for (let i = 0; i < 20; i++) measure(0);
    assert.equal(size.bytes, MAX_SLICE_BYTES);
  });
});
