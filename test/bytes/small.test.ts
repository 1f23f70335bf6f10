import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteBuilder } from "../../src/bytes/byte-builder.js";
import { createDataView } from "../../src/bytes/data-view.js";
import { formatHexBytes, formatHexWord } from "../../src/bytes/hex.js";
import { decodeLatin1 } from "../../src/bytes/latin1.js";
import { formatCount, formatNumber, parseSize } from "../../src/bytes/size.js";
import { parseHexBytes } from "../support/bytes.js";

test("sizes as options write them", () => {
  assert.deepEqual(["4096", "64KiB", "1mib", "2 GiB", "0"].map(parseSize), [4096, 65536, 2 ** 20, 2 ** 31, 0]);
  assert.deepEqual(["", "-1", "1kb", "1.5MiB", "x", "99999999999999999999"].map(parseSize), [
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

test("numbers for people", () => {
  assert.equal(formatNumber(1234567), "1,234,567");
  assert.equal(formatNumber(2n ** 64n), "18,446,744,073,709,551,616");
  assert.deepEqual(
    [formatCount(1, "byte"), formatCount(0, "byte"), formatCount(2928n, "byte")],
    ["1 byte", "0 bytes", "2,928 bytes"],
  );
});

test("hex", () => {
  assert.equal(formatHexBytes(parseHexBytes("00 0f ff")), "00 0f ff");
  assert.equal(formatHexBytes(parseHexBytes("00 0f ff"), ""), "000fff");
  assert.equal(formatHexWord(0x1), "00000001");
  assert.equal(formatHexWord(-1), "ffffffff");
});

test("a builder keeps bytes up to its limit, counts the rest, and can be reused", () => {
  const builder = new ByteBuilder(5);
  builder.append(parseHexBytes("01 02 03"), 0, 3);
  builder.append(parseHexBytes("04 05 06 07"), 0, 4);
  assert.equal(builder.omitted, 2);
  assert.deepEqual(builder.take(), parseHexBytes("01 02 03 04 05"));
  assert.equal(builder.omitted, 0);
  assert.deepEqual(builder.take(), new Uint8Array(0));
});

test("a builder copies: what was taken does not change with its source", () => {
  const source = parseHexBytes("01 02");
  const builder = new ByteBuilder(10);
  builder.append(source, 0, 2);
  source[0] = 9;
  assert.deepEqual(builder.take(), parseHexBytes("01 02"));
});

test("numbers within a part of a larger buffer", () => {
  const fields = createDataView(parseHexBytes("ff ff 01 02 03 04 ff").subarray(2, 6));
  assert.equal(fields.getUint32(0), 0x01020304);
  assert.equal(fields.byteLength, 4);
});

test("Latin-1: each byte is the character of its number, those of 80 to 9f too", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.deepEqual(
    [...decodeLatin1(all)].map((character) => character.charCodeAt(0)),
    [...all],
  );
  assert.equal(decodeLatin1(parseHexBytes("41 80 85 9f e9 42"), 1, 5), "\u0080\u0085\u009f\u00e9");
  assert.equal(decodeLatin1(parseHexBytes("41 42 43 44").subarray(1), 1), "CD");
  assert.equal(decodeLatin1(parseHexBytes("41 42"), 1, 9), "B");
});
