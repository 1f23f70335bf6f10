import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { ByteStream } from "../../src/protocol/byte-stream.js";
import { Connection } from "../../src/protocol/connection.js";
import type { ConnectionEndEvent, FrameEvent, SenderEndEvent } from "../../src/protocol/connection-events.js";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import type { Sender } from "../../src/protocol/frame/frame.js";
import { completedMessage } from "../../src/protocol/message-event.js";
import { judgeEnd, judgeFrame } from "../../src/rules/judge.js";

interface Seen {
  readonly frames: FrameEvent[];
  readonly findings: string[];
  readonly ends: SenderEndEvent[];
  readonly closed: ConnectionEndEvent[];
}

/** What comes of a stream of which `length` bytes from `at` on are missing. */
function withGap(
  bytes: Uint8Array,
  at: number,
  length: number,
  sender: Sender | null = "server",
  extensions = "",
): Seen {
  const seen: Seen = { frames: [], findings: [], ends: [], closed: [] };
  const agreed = extensions === "" ? [] : [{ name: extensions, params: [] }];
  const connection = new Connection(
    {
      handshake() {},
      frame(event) {
        seen.frames.push(event);
        seen.findings.push(
          ...judgeFrame(event).map(({ rule, offset, length: size }) => `${rule.id} ${offset} ${size}`),
        );
      },
      end(event) {
        seen.ends.push(event);
        seen.findings.push(...judgeEnd(event).map(({ rule, offset, length: size }) => `${rule.id} ${offset} ${size}`));
      },
      closed: (event) => void seen.closed.push(event),
    },
    { stream: 0, keep: 2 ** 20, extensions: agreed },
  );
  const stream = new ByteStream({ sender, nextConnection: () => connection });
  stream.push(bytes.subarray(0, at));
  stream.addGap(length);
  stream.push(bytes.subarray(at + length));
  stream.end();
  connection.end();
  return seen;
}

const text = (payload: string, fin = true, opcode = 1): Uint8Array =>
  encodeFrame({ opcode, fin, payload: Buffer.from(payload) });
const words = ["one", "two", "three", "four", "five", "six", "seven"];

test("a gap inside a payload: the header shows where the next frame begins", () => {
  const bytes = Buffer.concat([text("first"), text("x".repeat(100)), text("last")]);
  const { frames, findings } = withGap(bytes, 20, 30);
  assert.deepEqual(findings, ["stream-gap 20 30"]);
  assert.deepEqual(
    frames.map(({ frame, resumption }) => [frame.offset, frame.complete, frame.payloadReceived, resumption]),
    [
      [0, true, 5, null],
      [7, false, 11, null],
      [109, true, 4, { skippedBytes: 59, isBoundaryKnown: true }],
    ],
  );
});

test("a gap over frames: reading goes on where frames are credible, and a finding reports it", () => {
  const bytes = Buffer.concat(words.map((word) => text(word)));
  const { frames, findings } = withGap(bytes, 3, 4);
  assert.deepEqual(findings, ["stream-gap 3 4"]);
  assert.deepEqual(
    frames.map(({ frame, payload, resumption }) => [frame.offset, String(Buffer.from(payload)), resumption]),
    [
      [0, "o", null],
      [10, "three", { skippedBytes: 3, isBoundaryKnown: false }],
      [17, "four", null],
      [23, "five", null],
      [29, "six", null],
      [34, "seven", null],
    ],
  );
});

test("a gap between two frames is reported on the frame after it; one at the end, at the end", () => {
  const bytes = Buffer.concat(words.map((word) => text(word)));
  const between = withGap(bytes, 5, 5);
  assert.deepEqual(between.findings, ["stream-gap 5 5"]);
  assert.equal(between.frames[1]?.gap?.length, 5);
  const last = withGap(Buffer.concat([text("one"), Buffer.alloc(9, 0xff)]), 5, 4);
  assert.deepEqual(last.findings, ["stream-gap 5 4"]);
  assert.deepEqual(last.ends[0]?.gap, { offset: 5, length: 4 });
});

test("fragments behind a gap are no fault of their sender, nor is a message that began before it", () => {
  const lost = text("lost", false);
  const rest = [text("\u00fc", false, 0), text("end", true, 0), ...words.map((word) => text(word))];
  const orphans = withGap(Buffer.concat([text("a"), lost, ...rest]), 3, lost.length);
  assert.deepEqual(orphans.findings, ["stream-gap 3 6"]);
  const open = withGap(
    Buffer.concat([text("begun", false), text("lost", true, 0), ...words.map((word) => text(word))]),
    7,
    6,
  );
  assert.deepEqual(open.findings, ["stream-gap 7 6"]);
});

test("a compressed message that copies from what is missing is not the sender's fault either", async () => {
  const stream = zlib.createDeflateRaw();
  const deflated = (data: string): Promise<Buffer> =>
    new Promise((resolve) => {
      stream.once("data", (chunk: Buffer) => resolve(chunk.subarray(0, -4)));
      stream.write(data);
      stream.flush(zlib.constants.Z_SYNC_FLUSH);
    });
  const frames: Uint8Array[] = [];
  for (const word of ["repeated, repeated", ...words.map((one) => `repeated, ${one}`)]) {
    frames.push(encodeFrame({ opcode: 1, rsv1: true, payload: await deflated(word) }));
  }
  stream.close();
  const { findings, frames: seen } = withGap(
    Buffer.concat(frames),
    0,
    frames[0]?.length ?? 0,
    "server",
    "permessage-deflate",
  );
  assert.ok(
    findings.every((found) => /^(stream-gap|inflate-limit) /.test(found)),
    findings.join(),
  );
  assert.equal(seen.length, words.length);
});

const messages = (seen: Seen): [string, boolean][] =>
  seen.frames.flatMap((event) => {
    const done = completedMessage(event)?.message;
    return [event.abandonedMessage, done].flatMap((message): [string, boolean][] =>
      message === null || message === undefined ? [] : [[String(Buffer.from(message.payload)), message.complete]],
    );
  });

test("a fragment that a gap cuts leaves nothing to the next message", () => {
  const bytes = Buffer.concat([text("0123456789", false), text("hello ", false), text("world", true, 0)]);
  const seen = withGap(bytes, 6, 3);
  assert.deepEqual(messages(seen), [["hello world", true]]);
  assert.deepEqual(seen.findings, ["stream-gap 6 3"]);
});

test("nothing behind a gap is added to the message before it, whatever the gap swallowed", () => {
  const after = words.map((word) => text(word));
  const ping = encodeFrame({ opcode: 9, payload: Buffer.from("ping") });
  for (const [before, lost, next] of [
    [text("x", false), text("y", false, 0), text("z", true, 0)],
    [text("x", false), text("y", false, 0), ping],
    [text("x", false), ping, text("z", true, 0)],
    [text("x", false), Buffer.concat([text("y", true, 0), text("x", false)]), text("z", true, 0)],
  ] as const) {
    const bytes = Buffer.concat([before, lost, next, text("z", true, 0), ...after]);
    const seen = withGap(bytes, before.length, lost.length);
    assert.deepEqual(messages(seen)[0], ["x", false]);
    assert.deepEqual(seen.frames[1]?.abandonedMessage?.complete, false);
    assert.deepEqual(
      messages(seen).slice(1),
      words.map((word) => [word, true]),
    );
    assert.deepEqual(seen.findings, [`stream-gap ${before.length} ${lost.length}`]);
  }
});

test("a message cut by a gap, and its known rest behind the gap, are two incomplete parts", () => {
  const bytes = Buffer.concat([text("ab", false), text("x".repeat(50), false, 0), text("c", true, 0), text("next")]);
  const seen = withGap(bytes, 10, 20);
  assert.deepEqual(messages(seen), [
    ["abxxxx", false],
    ["next", true],
  ]);
  assert.deepEqual(seen.findings, ["stream-gap 10 20"]);
});

test("one byte of a header before a gap starts nothing that continues behind it", () => {
  const bytes = Buffer.concat([text("lost", false), text("end", true, 0), ...words.map((word) => text(word))]);
  assert.deepEqual(withGap(bytes, 1, 5).findings, ["stream-gap 1 5"]);
});

test("whether a message that a gap tears at the end goes on is not known", () => {
  const bytes = Buffer.concat([text("begun", false), text("end", true, 0)]);
  const seen = withGap(bytes, 7, 5);
  assert.deepEqual(seen.findings, ["stream-gap 7 5"]);
  assert.equal(seen.ends[0]?.openMessage?.complete, false);
});

test("in a stream of both senders, a gap tears the open message of each", () => {
  const masked = (payload: string, fin: boolean, opcode: number, maskingKey: number): Uint8Array =>
    encodeFrame({ opcode, fin, payload: Buffer.from(payload), maskingKey });
  const before = Buffer.concat([masked("c", false, 1, 1), text("s", false)]);
  const lost = text("lost", false, 0);
  const after = Buffer.concat([masked("C", true, 0, 2), text("S", true, 0), ...words.map((word) => text(word))]);
  const seen = withGap(Buffer.concat([before, lost, after]), before.length, lost.length, null);
  const wholes = messages(seen).filter(([, complete]) => complete);
  assert.deepEqual(
    wholes,
    words.map((word) => [word, true]),
  );
  assert.deepEqual(messages(seen)[0], ["s", false]);
  assert.equal(seen.ends[0]?.openMessage?.complete, false);
  assert.deepEqual(seen.findings, [`stream-gap ${before.length} ${lost.length}`]);
});
