import assert from "node:assert/strict";
import { test } from "node:test";
import { findJsonFault } from "../../src/input/capture/json/json-fault.js";
import { JsonObjects } from "../../src/input/capture/json/json-objects.js";
import { InputError } from "../../src/input/input-error.js";

for (const [text, index, message] of [
  ['{"a":1 "b":2}', 7, "expected a comma or }"],
  ["[1 2]", 3, "expected a comma or ]"],
  ['{"a":[1,2}', 9, "expected a comma or ]"],
  ['{"a" 1}', 5, "expected a colon"],
  ['{"a":1,}', 7, "expected a name in double quotes"],
  ["{'a':1}", 1, "expected a name in double quotes"],
  ['{"a":}', 5, "expected a value"],
  ["[1,]", 3, "expected a value"],
  ['{"a":x}', 5, "expected a value"],
  ['{"a":trux}', 8, "expected true"],
  ['{"a":"\\q"}', 7, "an unknown escape in a string"],
  ['{"a":"\\u12g4"}', 10, "expected four hex digits"],
  ['{"a":"b\n"}', 7, "a line end or another control character in a string"],
  ['{"a":01}', 6, "expected a comma or }"],
  ['{"a":-}', 6, "expected a digit"],
  ['{"a":1.}', 7, "expected a digit"],
  ['{"a":1e+}', 8, "expected a digit"],
  ['{"a":1} x', 8, "nothing may follow the value"],
  ['{"a":"b', 7, "the text ends too early"],
  ['{"a":"\\', 7, "the text ends too early"],
  ['{"a":"\\u00', 10, "the text ends too early"],
  ['{"a":tr', 7, "the text ends too early"],
  ['{"a":1', 6, "the text ends too early"],
  ["", 0, "the text ends too early"],
] as const) {
  test(`${JSON.stringify(text)} is not JSON from character ${index} on`, () => {
    assert.deepEqual(findJsonFault(text), { index, message });
  });
}

for (const text of [
  "{}",
  "[]",
  ' [ {"a" : [ -1.5e+3 , 0, {} ] } , null,true,\tfalse ] \r\n',
  '"\\u00e4\\n\\/\u2028"',
]) {
  test(`${JSON.stringify(text)} is JSON`, () => assert.equal(findJsonFault(text), null));
}

test("a text that is changed anywhere has a fault exactly where JSON.parse refuses it", () => {
  const text = '{"a":[1,-2.5e3,{"b":"c\\u00e4\\n"},[],{}],"d":null,"e":true}';
  const characters = ['"', "\\", "{", "}", "[", "]", ",", ":", "0", "1", "-", ".", "e", "u", "t", "\n", " ", ""];
  for (let at = 0; at < text.length; at++) {
    for (const character of characters) {
      const changed = text.slice(0, at) + character + text.slice(at + 1);
      assert.equal(findJsonFault(changed) === null, isJson(changed), changed);
    }
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const MEMBERS_PER_OBJECT = 50;
const OBJECT_COUNT = 2000;

/** A list of objects, one member a line. */
function buildLines(): string[] {
  const object = (number: number): string[] => [
    " {",
    ...Array.from({ length: MEMBERS_PER_OBJECT }, (_, i) => `  "member ${i}": "ä value of object ${number}",`),
    '  "last": 0',
    number === OBJECT_COUNT - 1 ? " }" : " },",
  ];
  return ["[", ...Array.from({ length: OBJECT_COUNT }, (_, i) => object(i)).flat(), "]", ""];
}

const LINES = buildLines();
const FAULTY_LINE = 1 + 1234 * (MEMBERS_PER_OBJECT + 3) + 1 + 20;

for (const [name, replaced, line, column, excerpt] of [
  ["a missing comma", '  "member 20": "x"', 1, 3, '  "member 21": "ä…'],
  ["a bad escape", '  "member 20": "\\d",', 0, 18, '…  "member 20": "\\d",'],
  ["a stray character", '  "member 20": ?1,', 0, 16, '  "member 20": ?1,'],
  ["a missing quote", '  "member 20": "x,', 0, 19, '  "member 20": "x,'],
] as const) {
  test(`${name} in a large list has its line, its column and its text`, () => {
    const lines = LINES.with(FAULTY_LINE, replaced);
    const bytes = Buffer.from(lines.join("\n"));
    const offset = Buffer.byteLength(`${lines.slice(0, FAULTY_LINE + line).join("\n")}\n`) + column - 1;
    for (const size of [bytes.length, 64 * 1024, 1000]) {
      assert.throws(
        () => readObjects(bytes, size),
        (error: unknown) => {
          assert.ok(error instanceof InputError);
          assert.deepEqual(error.place, {
            offset,
            line: FAULTY_LINE + 1 + line,
            column,
            excerpt: error.place?.excerpt,
          });
          assert.ok(error.place?.excerpt.includes(excerpt.replaceAll("…", "").trim()), error.place?.excerpt);
          return true;
        },
      );
    }
  });
}

function readObjects(bytes: Uint8Array, size: number): void {
  const objects = new JsonObjects(() => {}, { path: [], maxBytes: 64 * 1024 * 1024, hint: "" });
  for (let at = 0; at < bytes.length; at += size) objects.push(bytes.subarray(at, at + size));
  objects.end();
}
