import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame } from "../../src/index.js";
import { anyFrame, cuts, likelyFrame } from "../support/arbitrary-frames.js";
import { parseHexBytes, splitBytes } from "../support/bytes.js";
import { readRecords } from "../support/records.js";
import { fuzzRuns } from "../support/runs.js";

test("any split of the input gives the same records, findings included", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(likelyFrame, anyFrame), { maxLength: 12 }), cuts, fc.nat(), (frames, sizes, cut) => {
      const all = Uint8Array.from(Buffer.concat(frames.map(encodeFrame)));
      const bytes = all.subarray(0, all.length - (cut % 3 === 0 ? cut % 7 : 0));
      assert.deepEqual(readRecords(splitBytes(bytes, sizes)), readRecords([bytes]));
    }),
    fuzzRuns(125, 0.1),
  );
});

test("fragments are assembled per sender, with control frames between them", () => {
  const records = readRecords([
    parseHexBytes("01 03 48 65 6c  02 81 01 02 03 04 40  89 00  80 02 6c 6f  80 81 01 02 03 05 43"),
  ]);
  const messages = records.filter(({ type }) => type === "message");
  assert.deepEqual(
    messages.map(({ sender, index, frames, opcodeName, payload, payloadEncoding, wireLength, payloadLength }) => [
      sender,
      index,
      frames,
      opcodeName,
      payload,
      payloadEncoding,
      wireLength,
      payloadLength,
    ]),
    [
      ["server", 0, [0, 3], "text", "Hello", "utf8", 9, 5],
      ["client", 1, [1, 4], "binary", "QUI=", "base64", 14, 2],
    ],
  );
  assert.deepEqual(
    records.map(({ type }) => type),
    ["frame", "frame", "frame", "frame", "message", "frame", "message", "end", "end"],
  );
});

test("what is past the limit is counted and validated, not kept", () => {
  const payload = new Uint8Array(1000).fill(0x61);
  payload[900] = 0xff;
  const [frame] = readRecords([encodeFrame({ opcode: 1, payload })], { keep: 100 });
  assert.equal(frame.payload.length, 100);
  assert.equal(frame.payloadOmitted, 900);
  assert.equal(frame.payloadLength, 1000);
  assert.deepEqual(
    frame.findings.map((found: { rule: string; offset: number }) => [found.rule, found.offset]),
    [["invalid-utf8", 904]],
  );
});

test("a message of fragments is kept up to the limit too", () => {
  const fragment = encodeFrame({ opcode: 0, fin: false, payload: new Uint8Array(60) });
  const bytes = Buffer.concat([encodeFrame({ opcode: 2, fin: false }), fragment, fragment, encodeFrame({ opcode: 0 })]);
  const message = readRecords([bytes], { keep: 100 }).find(({ type }) => type === "message");
  assert.equal(Buffer.from(message.payload, "base64").length, 100);
  assert.equal(message.payloadOmitted, 20);
  assert.equal(message.payloadLength, 120);
});

test("a header that claims 2^62 bytes reserves nothing", () => {
  const before = process.memoryUsage().arrayBuffers;
  const [frame] = readRecords([parseHexBytes("82 ff 40 00 00 00 00 00 00 00 01 02 03 04 aa")]);
  assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
  assert.equal(frame.payloadLength, (2n ** 62n).toString());
  assert.equal(frame.length, 15);
  assert.match(
    frame.findings.at(-1).message,
    /4,611,686,018,427,387,903 of 4,611,686,018,427,387,904 bytes are missing/,
  );
});

test("the record's fields are in the documented order", () => {
  const [text] = readRecords([parseHexBytes("81 85 37 fa 21 3d 7f 9f 4d 51 58")]);
  assert.deepEqual(Object.keys(text), [
    "type",
    "stream",
    "sender",
    "index",
    "offset",
    "length",
    "headerLength",
    "fin",
    "rsv1",
    "rsv2",
    "rsv3",
    "opcode",
    "opcodeName",
    "masked",
    "maskingKey",
    "lengthBits",
    "payloadLength",
    "payload",
    "payloadEncoding",
    "complete",
    "findings",
  ]);
  const [close] = readRecords([parseHexBytes("88 05 03 e8 62 79 65")], { keep: 4 });
  assert.deepEqual(
    Object.entries(close).slice(17),
    Object.entries({
      payload: "A+hieQ==",
      payloadEncoding: "base64",
      payloadOmitted: 1,
      closeCode: 1000,
      closeName: "Normal Closure",
      closeReason: "by",
      complete: true,
      findings: [],
    }),
  );
});

test("encoding of payloads: utf8 only for text messages, pings and pongs", () => {
  const encodings = (hex: string) =>
    readRecords([parseHexBytes(hex)])
      .filter(({ type }) => type === "frame")
      .map(({ payloadEncoding }) => payloadEncoding);
  assert.deepEqual(encodings("81 01 41 82 01 41 89 01 41 8a 01 41 88 02 03 e8"), [
    "utf8",
    "base64",
    "utf8",
    "utf8",
    "base64",
  ]);
  assert.deepEqual(
    encodings("01 01 e5 00 01 86 80 01 8d"),
    ["base64", "base64", "base64"],
    "a character cut over three frames",
  );
  assert.deepEqual(encodings("81 01 ff 89 01 ff 80 01 41"), ["base64", "base64", "base64"]);
});

test("who sent a frame", () => {
  const bytes = parseHexBytes("81 01 41 81 81 01 02 03 04 40");
  const senders = (sender: "client" | "server" | null) =>
    readRecords([bytes], { sender })
      .slice(0, 2)
      .map((record) => record.sender);
  assert.deepEqual(senders(null), ["server", "client"]);
  assert.deepEqual(senders("client"), ["client", "client"]);
  assert.deepEqual(senders("server"), ["server", "server"]);
});
