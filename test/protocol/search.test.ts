/** Where reading goes on behind a gap, or begins in the middle of a stream: what is taken for frames, and what it costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteStream } from "../../src/protocol/byte-stream.js";
import { Connection } from "../../src/protocol/connection.js";
import type { FrameEvent } from "../../src/protocol/connection-events.js";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import type { Sender } from "../../src/protocol/frame/frame.js";
import { FrameSearch } from "../../src/protocol/resync/frame-search.js";
import { findWholeFrames } from "../../src/protocol/resync/frame-shape.js";
import { judgeFrame } from "../../src/rules/judge.js";
import { fuzzCount } from "../support/runs.js";

interface Read {
  readonly payloads: string[];
  readonly findings: string[];
  readonly leftOut: number;
}

/** What is read of a server's stream that is entered in its middle, in packets. */
function readMiddle(packets: readonly Uint8Array[], sender: Sender = "server"): Read {
  const frames: FrameEvent[] = [];
  const connection = new Connection(
    { handshake() {}, frame: (event) => void frames.push(event), end() {}, closed() {} },
    { stream: 0, keep: 2 ** 20, extensions: [] },
  );
  const stream = new ByteStream({ sender, mayStartMidFrame: true, nextConnection: () => connection });
  for (const packet of packets) stream.push(packet);
  stream.end();
  return {
    payloads: frames.map(({ payload }) => Buffer.from(payload).toString("latin1")),
    findings: frames.flatMap((event) => judgeFrame(event).map(({ rule }) => rule.id)),
    leftOut: stream.skippedBytes,
  };
}

const frameOf = (payload: string | Uint8Array, opcode = 1, fin = true): Buffer =>
  Buffer.from(encodeFrame({ opcode, fin, payload: Buffer.from(payload as string, "latin1") }));
const AFTER = Array.from({ length: 6 }, (_, i) => `after ${i}`);

/** A random source that always gives the same. */
function noise(length: number, seed = 1): Buffer {
  let state = seed;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 16) & 0xff;
    }),
  );
}

const int32 = Buffer.from(Int32Array.from({ length: 1500 }, (_, i) => i).buffer);
const DATA: Readonly<Record<string, Buffer>> = {
  zeros: Buffer.alloc(6000),
  "runs of zeros": Buffer.concat(
    Array.from({ length: 20 }, (_, i) => Buffer.concat([noise(200, i + 1), Buffer.alloc(100)])),
  ),
  "32-bit numbers": int32,
  "32-bit numbers, high byte first": Buffer.from(int32).swap32(),
  "16-bit numbers": Buffer.from(Uint16Array.from({ length: 3000 }, (_, i) => i).buffer),
  doubles: Buffer.from(Float64Array.from({ length: 700 }, (_, i) => i).buffer),
  "zeros in base64": Buffer.from("A".repeat(6000)),
  "base64 of many zeros": Buffer.from(
    Buffer.from(noise(5000).map((byte) => (byte > 200 ? byte : 0))).toString("base64"),
  ),
  JSON: Buffer.from('{"some":"json text","n":12345},\n'.repeat(200)),
  Russian: Buffer.from("рост расстояний, трактор у старта. ".repeat(200)),
  "a pattern": Buffer.from("0006".repeat(1500), "hex"),
  noise: noise(200_000),
};

for (const [what, data] of Object.entries(DATA)) {
  test(`frames behind the rest of a message are found, and none in it: ${what}`, () => {
    for (const size of [1400, 100, data.length]) {
      const rest: Buffer[] = [];
      for (let at = 7; at < data.length; at += size) rest.push(data.subarray(at, at + size));
      const { payloads, findings, leftOut } = readMiddle([...rest, ...AFTER.map((word) => frameOf(word))]);
      assert.deepEqual([payloads, findings, leftOut], [AFTER, [], data.length - 7], `in packets of ${size} bytes`);
      const joined = readMiddle([...rest, Buffer.concat(AFTER.map((word) => frameOf(word)))]);
      assert.deepEqual([joined.payloads, joined.findings], [AFTER, []], "the frames in one packet");
    }
  });
}

test("frames that were guessed and turn out to be none are left, and the search begins again", () => {
  // A chain of frames stands in a message's payload: what follows it there makes no sense.
  const inside = Buffer.concat(["one", "two", "three", "four"].map((word) => frameOf(word)));
  const rest = Buffer.concat([Buffer.from("text "), inside, Buffer.from("more text, and a \u007f ".repeat(50))]);
  const { payloads, findings } = readMiddle([rest, ...AFTER.map((word) => frameOf(word))]);
  assert.deepEqual(payloads, ["one", "two", "three", "four", ...AFTER]);
  assert.deepEqual(findings, []);
});

test("constant data under a mask is not taken for frames, whatever the masking key", () => {
  for (const key of ["82861122", "81810101", "82828282", "8a808a80", "88828882", "82fe0080"])
    for (const offset of [0, 1, 2, 3]) {
      const data = Buffer.alloc(30_000, key, "hex").subarray(offset);
      const packets = Array.from({ length: 20 }, (_, i) => data.subarray(i * 1448, (i + 1) * 1448));
      const after = AFTER.map((word, i) =>
        Buffer.from(encodeFrame({ opcode: 1, payload: Buffer.from(word), maskingKey: 0x1234_5678 + i })),
      );
      const { payloads } = readMiddle([...packets, ...after], "client");
      assert.deepEqual(payloads.length, AFTER.length, `${key} from ${offset}`);
    }
});

/** Text whose masked bytes look like frames more often than random ones: its characters are few, or it is periodic. */
const MASKED_TEXTS: Readonly<Record<string, (i: number) => string>> = {
  digits: (i) => String((i * 7919) % 10),
  hex: (i) => ((i * 40_503) % 65_536).toString(16).padStart(4, "0"),
  JSON: (i) => `{"id":${(i * 7919) % 1000},"name":"${["alice", "bob", "carol"][i % 3]}","ok":${i % 2 === 0}},`,
  lines: (i) => `    "k${i}": ${i % 10},\n`,
};

for (const [what, make] of Object.entries(MASKED_TEXTS)) {
  test(`in the rest of a masked message of ${what}, no frames are found`, () => {
    const message = Buffer.from(Array.from({ length: 30_000 }, (_, i) => make(i)).join("")).subarray(0, 30_000);
    let wrong = 0;
    const runs = fuzzCount(40, 2000);
    for (let seed = 1; seed <= runs; seed++) {
      const key = noise(4, seed * 7);
      const masked = message.map((byte, i) => byte ^ (key[i & 3] as number));
      const packets = Array.from({ length: 20 }, (_, i) => masked.subarray(7 + i * 1448, 7 + (i + 1) * 1448));
      const after = AFTER.map((word, i) =>
        Buffer.from(
          encodeFrame({ opcode: 1, payload: Buffer.from(word), maskingKey: noise(4, seed + i).readUInt32BE(0) }),
        ),
      );
      const { payloads } = readMiddle([...packets, ...after], "client");
      if (payloads.join() !== AFTER.join()) wrong++;
    }
    // No evidence excludes chance.
    assert.ok(wrong <= runs / 100, `${wrong} of ${runs}`);
  });
}

test("16-bit numbers that look like empty frames are not taken for them", () => {
  for (const values of [[130], [128, 129, 130, 131, 132], [136, 137, 138]]) {
    const data = Buffer.from(
      Uint16Array.from({ length: 5000 }, (_, i) => values[(i * 7) % values.length] as number).buffer,
    );
    const packets = Array.from({ length: 7 }, (_, i) => data.subarray(3 + i * 1448, 3 + (i + 1) * 1448));
    assert.deepEqual(readMiddle([...packets, ...AFTER.map((word) => frameOf(word))]).payloads, AFTER);
  }
});

test("a packet of frames that repeat one masking key is no evidence of a client", () => {
  assert.equal(findWholeFrames(Buffer.alloc(1448, 0x82)), null);
});

test("bytes before a packet that look like a header are not taken for one", () => {
  for (const header of ["8205", "8105", "8905", "0205", "82050000"]) {
    const tail = Buffer.concat([noise(300), Buffer.from(header, "hex")]);
    const rest = Buffer.concat([tail, Buffer.alloc(Number.parseInt(header.slice(2, 4), 16), 0xff)]);
    const { payloads } = readMiddle([noise(1448, 3), rest, ...AFTER.map((word) => frameOf(word))]);
    assert.deepEqual(payloads, AFTER, header);
  }
});

test("a packet of tiny frames is read from its start, though bytes inside it look like a header", () => {
  const packet = Buffer.concat([frameOf("", 2), frameOf(Buffer.from([0x82, 3]), 2), frameOf("ab", 2), frameOf("", 2)]);
  const { payloads } = readMiddle([noise(900), packet, ...AFTER.map((word) => frameOf(word, 2))]);
  assert.deepEqual(payloads, ["", "\x82\x03", "ab", "", ...AFTER]);
});

test("a chain of frames has to make sense as messages", () => {
  const found = (...frames: Buffer[]): number | undefined => {
    const search = new FrameSearch("server", "none", 0);
    return (search.push(Buffer.concat(frames), null) ?? search.end())?.chain.start;
  };
  const [a, b, c] = [frameOf("first of all"), frameOf("second", 2), frameOf("third and last")] as const;
  const [open, more, last] = [frameOf("begun", 1, false), frameOf("more", 0, false), frameOf("last", 0)] as const;
  assert.equal(found(a, b, c), 0);
  assert.equal(found(open, more, frameOf("ping", 9), last, a), 0);
  assert.equal(found(more, last, a), more.length, "a short continuation that goes on tells nothing");
  assert.equal(found(last, a, b), 0);
  assert.equal(found(open, a, b, c), open.length, "a message where one is open");
  assert.equal(found(a, last, b, c), a.length, "a continuation where none is");
  assert.equal(found(frameOf("\x03\xe8", 8), a, b, c), 4, "frames behind a Close frame");
  assert.equal(found(frameOf("\x00\x00", 8), a, b, c), 4, "a status code that is none");
  assert.equal(found(frameOf("\xc3"), a, b, c), 3, "text that is no UTF-8");
  assert.equal(found(Buffer.from([0xc1, 1, 1]), a, b, c), 3, "RSV1 where no extension was agreed");
});

test("wherever a stream of messages is entered, whole frames of it are read, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 3, maxLength: 400, unit: "grapheme" }), { minLength: 12, maxLength: 20 }),
      fc.nat(),
      (texts, where) => {
        const frames = texts.map((text) => Buffer.from(encodeFrame({ opcode: 1, payload: Buffer.from(text) })));
        const bytes = Buffer.concat(frames);
        const at = where % (frames[0] as Buffer).length;
        const { payloads } = readMiddle([bytes.subarray(at)]);
        const all = texts.map((text) => Buffer.from(text).toString("latin1"));
        assert.deepEqual(payloads, all.slice(-payloads.length));
        assert.ok(payloads.length >= texts.length - 1);
      },
    ),
    { numRuns: 200 },
  );
});

test("nothing is found in much that is no frames, however small the packets", () => {
  for (const [what, byte] of [
    ["noise", null],
    ["headers of 16-bit lengths", Buffer.from([0x82, 0x7e])],
    ["headers of short lengths", Buffer.from([0x02, 0x7d, 0x00, 0x7d])],
  ] as const) {
    const bytes = byte === null ? noise(500_000) : Buffer.alloc(500_000, byte);
    const search = new FrameSearch("server", "unknown", 0);
    // It takes less than a second; with each place looked at again for each packet it took a minute.
    for (let at = 0; at < bytes.length; at += 20)
      assert.equal(search.push(bytes.subarray(at, at + 20), null), null, what);
    search.end();
    assert.equal(search.searchedBytes, bytes.length, what);
  }
});
