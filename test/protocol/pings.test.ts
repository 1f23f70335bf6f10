import assert from "node:assert/strict";
import { test } from "node:test";
import { PingTracker } from "../../src/protocol/pings.js";

function pinged(payloads: readonly string[], times: readonly bigint[] = []): PingTracker {
  const pings = new PingTracker();
  for (const [index, payload] of payloads.entries())
    pings.addPing({ index, offset: index * 2, length: 2, time: times[index] ?? null }, payload);
  return pings;
}
const waiting = (pings: PingTracker): number[] => pings.pending.map(({ index }) => index);

test("a pong answers the latest ping of its payload, and all before it", () => {
  const pings = pinged(["a", "b", "a", "c"]);
  assert.equal(pings.answerPing("a", null), true);
  assert.deepEqual(waiting(pings), [3]);
  assert.equal(pings.answerPing("x", null), false);
  assert.deepEqual(waiting(pings), [3]);
});

test("a payload is answered as often as it was sent", () => {
  const pings = pinged(["a", "a", "b"]);
  assert.deepEqual(
    ["a", "a", "a", "b", "b"].map((payload) => pings.answerPing(payload, null)),
    [true, true, false, true, false],
  );
});

test("of pings without end the last 4096 are remembered, and the others counted until a pong comes", () => {
  const pings = pinged(Array.from({ length: 4100 }, (_, i) => String(i)));
  assert.deepEqual([waiting(pings).length, waiting(pings)[0], pings.forgotten], [4096, 4, 4]);
  assert.equal(pings.answerPing("0", null), true);
  assert.equal(pings.forgotten, 4);
  assert.equal(pings.answerPing("4099", null), true);
  assert.deepEqual([waiting(pings), pings.forgotten], [[], 0]);
});

test("the shortest and the longest round trip are kept, of those that have both times", () => {
  const pings = pinged(["a", "b", "c", "d"], [10n, 20n, 30n]);
  assert.equal(pings.roundTrip, null);
  for (const [payload, at] of [
    ["a", 12n],
    ["b", 29n],
    ["c", 37n],
    ["d", 99n],
    ["x", 99n],
  ] as const)
    pings.answerPing(payload, at);
  assert.deepEqual(pings.roundTrip, { min: 2n, max: 9n });
});

test("once pings were forgotten, no pong is called unmatched", () => {
  const pings = new PingTracker();
  for (let index = 0; index < 5000; index++) pings.addPing({ index, offset: 0, length: 2, time: null }, String(index));
  assert.ok(pings.answerPing("0", null));
  assert.ok(pings.answerPing("none", null));
});
