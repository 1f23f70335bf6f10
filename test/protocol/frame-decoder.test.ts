import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame, type Frame, FrameDecoder, type FrameDescription } from "../../src/index.js";
import { headerBytes, wireBytes } from "../../src/protocol/frame/encoder.js";
import { minimalLengthBits } from "../../src/protocol/frame/frame.js";
import { anyFrame, cuts } from "../support/arbitrary-frames.js";
import { parseHexBytes, splitBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

interface Decoded {
  readonly frame: Frame;
  readonly payload: Uint8Array;
}

function decode(chunks: Iterable<Uint8Array>): Decoded[] {
  const decoded: Decoded[] = [];
  let parts: Uint8Array[] = [];
  const decoder = new FrameDecoder({
    frameStart() {
      parts = [];
    },
    framePayload(_frame, bytes, start, end) {
      assert.ok(end > start, "never called with nothing");
      parts.push(bytes.slice(start, end));
    },
    frameEnd(frame) {
      decoded.push({ frame, payload: Uint8Array.from(Buffer.concat(parts)) });
    },
  });
  for (const chunk of chunks) decoder.push(chunk);
  decoder.end();
  return decoded;
}

/** A frame's description, as the decoder saw it. */
function described({ frame, payload }: Decoded): FrameDescription {
  const { opcode, fin, rsv1, rsv2, rsv3, masked, maskingKey, lengthBits } = frame;
  return { opcode, fin, rsv1, rsv2, rsv3, maskingKey: masked ? maskingKey : null, lengthBits, payload };
}

/** The same with everything that may be left out. */
function whole(description: FrameDescription & { payload: Uint8Array }): FrameDescription {
  const { opcode, fin = true, rsv1 = false, rsv2 = false, rsv3 = false, maskingKey = null, payload } = description;
  const lengthBits = description.lengthBits ?? minimalLengthBits(payload.length);
  return { opcode, fin, rsv1, rsv2, rsv3, maskingKey, lengthBits, payload };
}

test("decoding encoded frames gives the same frames, in any pieces", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), cuts, (frames, sizes) => {
      const bytes = Uint8Array.from(Buffer.concat(frames.map(encodeFrame)));
      const untouched = bytes.slice();
      const decoded = decode(splitBytes(bytes, sizes));
      assert.deepEqual(decoded.map(described), frames.map(whole));
      assert.deepEqual(decoded, decode([bytes]));
      assert.deepEqual(bytes, untouched, "the input is never written to");
      let offset = 0;
      for (const { frame } of decoded) {
        assert.equal(frame.offset, offset);
        assert.ok(frame.complete);
        offset += frame.headerLength + frame.payloadReceived;
      }
      assert.equal(offset, bytes.length);
    }),
    fuzzRuns(125, 0.1),
  );
});

test("any bytes decode to frames: each byte belongs to one, and their wire form is the input", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (bytes, sizes) => {
      const decoded = decode(splitBytes(bytes, sizes));
      assert.deepEqual(decoded, decode([bytes]));
      const back = decoded.map(({ frame, payload }) => wireBytes(frame, payload, frame.offset, bytes.length));
      assert.deepEqual(Uint8Array.from(Buffer.concat(back)), bytes);
      for (const { frame } of decoded.slice(0, -1)) assert.ok(frame.complete, "only the last one may be incomplete");
    }),
    fuzzRuns(500),
  );
});

for (const name of readdirSync("fixtures/rfc6455-5.7")) {
  test(`RFC 6455 §5.7: ${name}`, () => {
    const hex = readFileSync(`fixtures/rfc6455-5.7/${name}`, "utf8").replace(/#.*/g, "");
    const expected: Record<string, readonly [opcodes: number[], masked: boolean, payload: string | number]> = {
      "single-frame-unmasked-text.hex": [[1], false, "Hello"],
      "single-frame-masked-text.hex": [[1], true, "Hello"],
      "fragmented-unmasked-text.hex": [[1, 0], false, "Hello"],
      "unmasked-ping.hex": [[9], false, "Hello"],
      "masked-pong.hex": [[10], true, "Hello"],
      "binary-256.hex": [[2], false, 256],
      "binary-64k.header.hex": [[2], false, 65536],
    };
    const [opcodes, masked, payload] = expected[name] ?? assert.fail("an example without an expected result");
    const rest = name.includes("header") ? new Uint8Array(65536) : new Uint8Array(0);
    const decoded = decode([parseHexBytes(hex), rest]);
    const got = Buffer.concat(decoded.map((one) => one.payload));
    assert.deepEqual(
      decoded.map(({ frame }) => frame.opcode),
      opcodes,
    );
    assert.ok(decoded.every(({ frame }) => frame.masked === masked && frame.complete));
    assert.equal(typeof payload === "string" ? got.toString() : got.length, payload);
  });
}

test("lengths of every form, to the largest", () => {
  for (const [hex, bits, length] of [
    ["82 7d", 7, 125],
    ["82 7e 00 7e", 16, 126],
    ["82 7e ff ff", 16, 65535],
    ["82 7f 00 00 00 00 00 01 00 00", 64, 65536],
    ["82 7f 00 1f ff ff ff ff ff ff", 64, Number.MAX_SAFE_INTEGER],
    ["82 7f 00 20 00 00 00 00 00 00", 64, 2n ** 53n],
    ["82 7f ff ff ff ff ff ff ff ff", 64, 2n ** 64n - 1n],
  ] as const) {
    const [{ frame }] = decode([parseHexBytes(hex)]) as [Decoded];
    assert.equal(frame.lengthBits, bits);
    assert.equal(frame.payloadLength, length);
    assert.equal(frame.complete, false);
    assert.deepEqual(headerBytes(frame), parseHexBytes(hex));
  }
});

test("a truncated header keeps its bytes", () => {
  const bytes = parseHexBytes("81 fe 0b 70 8f 46 a1 a3");
  for (let length = 1; length < bytes.length; length++) {
    const [{ frame }] = decode([bytes.subarray(0, length)]) as [Decoded];
    assert.deepEqual(frame.truncatedHeader, bytes.subarray(0, length));
    assert.equal(frame.complete, false);
    assert.equal(frame.headerLength, length < 2 ? 2 : 8);
    assert.equal(frame.payloadLength, length < 4 ? 0 : 2928);
  }
});

test("payloads and chunks that are larger than the decode buffer", () => {
  const payload = Uint8Array.from({ length: 200_000 }, (_, i) => i * 7);
  const frame = encodeFrame({ opcode: 2, payload, maskingKey: 0x12345678 });
  const bytes = Uint8Array.from(Buffer.concat([frame, frame]));
  for (const size of [bytes.length, 65_536, 65_537, 99_991]) {
    const decoded = decode(splitBytes(bytes, [size]));
    assert.equal(decoded.length, 2);
    for (const one of decoded) assert.deepEqual(one.payload, payload);
  }
});

test("a sink may push into another decoder while the first one is in the middle of its input", () => {
  const inner = encodeFrame({ opcode: 2, payload: new Uint8Array(3000).fill(7), maskingKey: 0x01020304 });
  const outer = Uint8Array.from(
    Buffer.concat([1, 2, 3].map((n) => encodeFrame({ opcode: 1, payload: new Uint8Array(20).fill(n) }))),
  );
  const seen: number[][] = [];
  const decoder = new FrameDecoder({
    frameStart() {
      assert.equal(decode([inner])[0]?.payload.length, 3000);
    },
    framePayload(_frame, bytes, start, end) {
      decode([inner]);
      seen.push([...bytes.subarray(start, end)]);
    },
    frameEnd() {},
  });
  decoder.push(outer);
  assert.deepEqual(
    seen,
    [1, 2, 3].map((n) => new Array(20).fill(n)),
  );
});

test("another decoder may end, with a cut header, while one is in the middle of its input", () => {
  const outer = Uint8Array.from(
    Buffer.concat([1, 2, 3].map((n) => encodeFrame({ opcode: 1, payload: new Uint8Array(20).fill(n) }))),
  );
  const seen: number[] = [];
  const cut = (): void => {
    const [{ frame }] = decode([parseHexBytes("82 ff 00 00 00 00 00 01 00 00 01 02 03")]) as [Decoded];
    assert.equal(frame.truncatedHeader?.length, 13);
  };
  const decoder = new FrameDecoder({
    frameStart: cut,
    framePayload(_frame, bytes, start, end) {
      cut();
      assert.ok(bytes.subarray(start, end).every((byte) => byte === bytes[start]));
      seen.push(bytes[start] as number);
    },
    frameEnd: cut,
  });
  decoder.push(outer);
  assert.deepEqual(seen, [1, 2, 3]);
});

test("a sink that throws leaves the next decoder's input alone", () => {
  const frame = encodeFrame({ opcode: 1, payload: new Uint8Array(20).fill(5) });
  const broken = new FrameDecoder({
    frameStart() {
      throw new Error("the sink's own");
    },
    framePayload() {},
    frameEnd() {},
  });
  assert.throws(() => broken.push(frame), /the sink's own/);
  assert.deepEqual(decode([frame])[0]?.payload, new Uint8Array(20).fill(5));
});

test("an encoder cannot write what a field cannot hold", () => {
  assert.throws(() => encodeFrame({ opcode: 16 }), RangeError);
  assert.throws(() => encodeFrame({ opcode: 1, payload: new Uint8Array(126), lengthBits: 7 }), /at most 125/);
  assert.throws(() => encodeFrame({ opcode: 1, payloadLength: 65536, lengthBits: 16 }), RangeError);
  assert.throws(() => encodeFrame({ opcode: 1, payloadLength: 2n ** 64n }), RangeError);
});
