/** Several connections are read in turn. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { mock, test } from "node:test";
import { readPaced } from "../../src/live/paced-reader.js";

test("a stream that is slow to process does not block others, and its end comes after its bytes", async () => {
  let time = 0;
  const clock = mock.method(performance, "now", () => time);
  try {
    const order: string[] = [];
    const [flood, other] = [new PassThrough({ highWaterMark: 2 ** 20 }), new PassThrough()];
    const taken: Buffer[] = [];
    const nobody = (): [] => [];
    readPaced(flood, nobody, (bytes) => {
      time += 100;
      taken.push(Buffer.from(bytes));
    });
    readPaced(other, nobody, () => order.push(`other, with ${taken.length < 16 ? "more" : "nothing"} to come`));
    const all = Buffer.from(Array.from({ length: 65_536 }, (_, i) => i >> 8));
    flood.end(all);
    setImmediate(() => other.write("hi"));
    await new Promise((resolve) => flood.on("end", resolve));
    assert.deepEqual(order, ["other, with more to come"]);
    assert.ok(Buffer.concat(taken).equals(all));
  } finally {
    clock.mock.restore();
  }
});
