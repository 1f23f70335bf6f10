import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration } from "../../src/bytes/packet-timestamp.js";

test("a duration is shown in its largest unit, to three figures", () => {
  const said: readonly (readonly [bigint, string])[] = [
    [0n, "0 ms"],
    [7n, "7 ns"],
    [312_400n, "312 µs"],
    [1_234_567n, "1.23 ms"],
    [20_000_000_000n, "20 s"],
    [1_234_000_000_000n, "1234 s"],
    [-1_500_000n, "-1.5 ms"],
  ];
  for (const [nanoseconds, text] of said) assert.equal(formatDuration(nanoseconds), text);
});
