import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteQueue } from "../../src/bytes/byte-queue.js";
import { cuts } from "../support/arbitrary-frames.js";
import { splitBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

const numbered = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);

test("what is taken is what was pushed, in any pieces, looked at first or not, kept or not", () => {
  const asked = fc.array(fc.record({ count: fc.integer({ min: 1, max: 40 }), looks: fc.nat(60) }), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.nat(400), cuts, asked, fc.boolean(), (length, sizes, orders, keeps) => {
      const bytes = numbered(length);
      const queue = new ByteQueue();
      const taken: number[] = [];
      let pushed = 0;
      let turn = 0;
      for (const piece of splitBytes(bytes, sizes)) {
        // Who keeps may write over what was pushed.
        const borrowed = piece.slice();
        queue.push(borrowed);
        pushed += piece.length;
        for (;;) {
          const { count, looks } = orders[turn % orders.length] as { count: number; looks: number };
          assert.equal(queue.length, pushed - taken.length);
          assert.deepEqual(queue.peek(looks), bytes.subarray(taken.length, Math.min(taken.length + looks, pushed)));
          turn++;
          if (queue.length < count) break;
          taken.push(...queue.take(count));
          assert.equal(queue.length, pushed - taken.length);
        }
        if (keeps) {
          queue.retain();
          borrowed.fill(255);
        }
      }
      assert.deepEqual([...taken, ...queue.take(length + 1)], [...bytes]);
      assert.equal(queue.length, 0);
    }),
    fuzzRuns(125, 0.1),
  );
});

test("what was taken stays as it is when more comes", () => {
  const queue = new ByteQueue();
  queue.push(numbered(10));
  queue.retain();
  const first = queue.take(4);
  queue.push(numbered(100));
  const second = queue.take(20);
  queue.retain();
  queue.push(numbered(100));
  queue.take(150);
  assert.deepEqual(first, numbered(10).subarray(0, 4));
  assert.deepEqual(second, Uint8Array.of(...numbered(10).subarray(4), ...numbered(14)));
});

test("a large record that comes byte by byte, looked at each time, is copied a few times and no more", () => {
  const [length, header] = [2 ** 17, 12];
  const queue = new ByteQueue();
  const copied = bytesCopied(() => {
    for (let at = 0; at < length; at++) {
      queue.push(Uint8Array.of(at % 251));
      queue.peek(header);
      queue.retain();
    }
    assert.deepEqual(queue.take(length), numbered(length));
  });
  assert.ok(copied >= length && copied <= 4 * length, `${copied} bytes were copied`);
});

test("bytes that come in a few large pieces are copied only where a record spans two", () => {
  const queue = new ByteQueue();
  const copied = bytesCopied(() => {
    for (let piece = 0; piece < 20; piece++) {
      queue.push(numbered(64 * 1024));
      while (queue.length >= 100) queue.take(100);
      queue.retain();
    }
  });
  assert.ok(copied <= 20 * 300, `${copied} bytes were copied`);
});

test("neither what was taken nor a piece that is used up is held on to", () => {
  const queue = new ByteQueue();
  const large = numbered(2 ** 20);
  queue.push(large);
  queue.take(large.length - 3);
  queue.retain();
  assert.ok(queue.peek(3).buffer.byteLength < 64);
  queue.push(large);
  queue.take(large.length + 3);
  queue.retain();
  assert.equal(queue.peek(1).buffer.byteLength, 0);
});

/** How many bytes are copied meanwhile, in any of the ways that there are. */
function bytesCopied(work: () => void): number {
  const { set, slice } = Uint8Array.prototype;
  const { concat } = Buffer;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset): void {
    copied += source.length;
    set.call(this, source, offset);
  };
  Uint8Array.prototype.slice = function (start, end) {
    const bytes = slice.call(this, start, end);
    copied += bytes.length;
    return bytes;
  };
  Buffer.concat = (list, length) => {
    const bytes = concat(list, length);
    copied += bytes.length;
    return bytes;
  };
  try {
    work();
  } finally {
    Object.assign(Uint8Array.prototype, { set, slice });
    Buffer.concat = concat;
  }
  return copied;
}
