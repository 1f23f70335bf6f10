import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { chooseNotation, createPartialSample, createSample, detectNotation } from "../../src/input/detect.js";
import { base64 } from "../../src/input/notation/base64.js";
import { hex } from "../../src/input/notation/hex.js";
import { list } from "../../src/input/notation/list.js";
import { looksLikeFrames } from "../../src/protocol/resync/frame-shape.js";
import { parseHexBytes } from "../support/bytes.js";

const detected = (text: string | Uint8Array) => detectNotation(createSample(Buffer.from(text)), looksLikeFrames);

for (const [text, name, note] of [
  ["81 05 48 65 6c 6c 6f", "hex", false],
  ["8105", "hex", false],
  ["cafe", "hex", false],
  ["888", "hex", false],
  ["81 05 48 6g", "hex", false],
  ["8105486g", "hex", false],
  ["gQVIZWxsbw==", "base64", false],
  ["gQVIZWxsbw", "base64", false],
  ["Zm9vYmFy", "base64", true],
  ["b'\\x81\\x00'", "python", false],
  ["GET / HTTP/1.1\nlog: b'ab'", "python", false],
  ['# the text is "caf\\u00e9"\n81 02 61 62', "hex", false],
  ["129, 5, 72, 101, 108, 108, 111 # hello", "list", false],
  ["# node prints <Buffer 81 02 31 32>\n81 02 61 62", "hex", false],
  ["81 02 61 62 // new byte[] {1}", "hex", false],
  ['81 02 61 62 // sends "\\x61b"', "hex", false],
  [parseHexBytes("81 05 48 65 6c 6c 6f"), "raw", false],
  [parseHexBytes("00 01 02"), "raw", false],
] as const) {
  test(`${JSON.stringify(text)} is ${name}${note ? ", with a note" : ""}`, () => {
    const detection = detected(text as string);
    assert.equal(detection.notation.name, name);
    assert.equal(detection.note !== null, note, detection.note ?? "");
  });
}

test("unrecognised input is refused with the names of all notations", () => {
  for (const text of ["hello", "hello world", "!", "Hello, 世界"]) {
    assert.throws(
      () => detected(text),
      (error: { message: string; hint: string }) => {
        assert.match(error.message, /^unrecognised input: "/);
        assert.match(error.hint, /dump, python, string, list, raw, bits, hex, base64/);
        return true;
      },
    );
  }
});

test("of two readings the one with whole frames is chosen and reported", () => {
  const { notation, note } = detected("81 10 48 65 61 64 21 22 23 24 25 26 27 28 29 30 31 32");
  assert.equal(notation.name, "hex");
  assert.equal(note, "read as hex: only hex gives whole frames; --from list overrides");
  assert.equal(detected("129 5 72 101 108 108 111").notation.name, "list");
});

test("if none gives whole frames, the natural one is chosen and reported", () => {
  const { notation, note } = detected("10 20 30");
  assert.equal(notation.name, "hex");
  assert.match(note ?? "", /read as hex: it has only hex digits; --from list overrides$/);
});

test("if several give whole frames, all are listed with their first bytes", () => {
  // In hex an empty binary message and an unfinished one, in decimal a continuation.
  assert.throws(
    () =>
      chooseNotation(
        [
          { notation: hex, fit: "natural", why: "" },
          { notation: list, fit: "fits", why: "" },
        ],
        createSample(Buffer.from("2 1 33".replace("2 1", "02 01"))),
        looksLikeFrames,
      ),
    /the notation is ambiguous: --from hex gives 02 01 33, --from list gives 02 01 21/,
  );
});

test("if no reading is natural or gives whole frames, all are listed", () => {
  assert.throws(
    () => detected("[10, 20, 30]"),
    /the notation is ambiguous: --from list gives 0a 14 1e, --from hex gives 10 20 30/,
  );
});

test("hex with a typing error is preferred to base64 without whole frames", () => {
  const sample = createSample(Buffer.from("8105486g"));
  const candidates = [
    { notation: hex, fit: "broken", why: "" },
    { notation: base64, fit: "fits", why: "" },
  ] as const;
  assert.equal(chooseNotation(candidates, sample, looksLikeFrames).notation.name, "hex");
});

test("a sample may end inside a character, and a frame", () => {
  const text = Buffer.from("b'é'".repeat(20_000));
  assert.equal(typeof createSample(text).text, "string");
  assert.equal(createSample(text).isWhole, false);
  const long = readFileSync("fixtures/samples/literals/chinese-2936.txt", "utf8");
  assert.equal(detected(long).notation.name, "python");
});

test("the end of a sample changes nothing: a fault before it is a fault, and a value that it cuts is none", () => {
  const bytes = Array.from({ length: 900 }, (_, i) => [0x81, 2, 48 + (i % 10), 116]).flat();
  const decimals = JSON.stringify(bytes).replaceAll(",", ", ");
  const prefixed = bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ");
  for (const [text, names] of [
    [decimals, ["list"]],
    [prefixed, ["list", "hex"]],
    [bytes.map((byte) => byte.toString(2).padStart(8, "0")).join(" "), ["bits"]],
  ] as const)
    for (let end = 4000; end < 4040; end++) {
      const { notation } = detectNotation(createPartialSample(Buffer.from(text.slice(0, end))), looksLikeFrames);
      assert.ok((names as readonly string[]).includes(notation.name), `${notation.name} at ${end}`);
    }
});

test("what counts as whole frames", () => {
  for (const [bytes, whole, cut] of [
    ["81 05 48 65 6c 6c 6f", true, true],
    ["81 05 48", false, true],
    ["c1 01 41", true, true],
    ["c9 01 41", false, false],
    ["91 01 41", false, false],
    ["83 01 41", false, false],
    ["09 00", false, false],
    ["89 7e 00 7e", false, false],
    ["81", false, true],
    ["", false, false],
  ] as const) {
    assert.deepEqual(
      [looksLikeFrames(parseHexBytes(bytes), false), looksLikeFrames(parseHexBytes(bytes), true)],
      [whole, cut],
      bytes,
    );
  }
});
