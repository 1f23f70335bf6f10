import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { encodeFrame } from "../../src/index.js";
import type { AnyRecord } from "../support/any-record.js";
import { parseHexBytes } from "../support/bytes.js";
import { PYTHON, PYTHON_WEBSOCKETS, testWithPeer } from "../support/peers.js";
import { readRecords } from "../support/records.js";

function ask(tasks: readonly unknown[]): AnyRecord[] {
  const input = tasks.map((task) => `${JSON.stringify(task)}\n`).join("");
  const { stdout, stderr, status } = spawnSync(PYTHON, ["test/peers/websockets_peer.py"], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, stderr);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(answers.length, tasks.length);
  return answers;
}

const frame = fc.oneof(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2),
    fin: fc.boolean(),
    payload: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 120, maxLength: 140 })),
  }),
  fc.record({ opcode: fc.constantFrom(9, 10), fin: fc.constant(true), payload: fc.uint8Array({ maxLength: 125 }) }),
);
const frames = [
  ...fc.sample(frame, { numRuns: 300, seed: 6455 }),
  ...[65_535, 65_536].map((length) => ({ opcode: 2, fin: true, payload: new Uint8Array(length).fill(0xa5) })),
];

testWithPeer(PYTHON_WEBSOCKETS, "python-websockets' frames are read as it meant them", () => {
  const tasks = frames.flatMap(({ opcode, fin, payload }) =>
    [true, false].map((mask) => ({ serialise: { opcode, fin, mask, payload: Buffer.from(payload).toString("hex") } })),
  );
  for (const [index, answer] of ask(tasks).entries()) {
    const { opcode, fin, mask, payload } = (tasks[index] as (typeof tasks)[number]).serialise;
    const [record] = readRecords([parseHexBytes(answer.hex)]);
    const got = Buffer.from(record.payload, record.payloadEncoding).toString("hex");
    assert.deepEqual(
      [record.opcode, record.fin, record.masked, record.complete, got],
      [opcode, fin, mask, true, payload],
    );
  }
});

testWithPeer(PYTHON_WEBSOCKETS, "our frames are read by python-websockets as we meant them", () => {
  const tasks = frames.map(({ opcode, fin, payload }, index) => {
    const mask = index % 2 === 0;
    return {
      parse: Buffer.from(encodeFrame({ opcode, fin, payload, maskingKey: mask ? 0x37fa213d : null })).toString("hex"),
      mask,
    };
  });
  for (const [index, answer] of ask(tasks).entries()) {
    const { opcode, fin, payload } = frames[index] as (typeof frames)[number];
    assert.deepEqual(answer, { opcode, fin, payload: Buffer.from(payload).toString("hex") });
  }
});
