import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HeadReader, type HeadReadResult } from "../../src/live/head-reader.js";
import { MAX_HEAD_BYTES } from "../../src/protocol/handshake/http-syntax.js";
import { splitBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

const HEAD = "GET /chat?a=b HTTP/1.1\r\nHost: example.com\r\nX: y\r\n\r\n";
const LONGEST = MAX_HEAD_BYTES;

/** The results for bytes that arrive in pieces: the head as text, and the bytes after it. */
function readIn(bytes: Buffer, sizes: readonly number[]): { head: string; rest: string } | string {
  const reader = new HeadReader();
  let read: HeadReadResult = null;
  const rest: Uint8Array[] = [];
  for (const piece of splitBytes(bytes, sizes)) {
    if (read !== null) rest.push(piece);
    else {
      read = reader.push(piece);
      if (read === "too long") return read;
      if (read !== null) rest.push(read.rest);
    }
  }
  if (read === null) return "not all of it yet";
  return {
    head: Buffer.from((read as Exclude<HeadReadResult, string | null>).head.bytes).toString("latin1"),
    rest: Buffer.concat(rest).toString("latin1"),
  };
}

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 });
const heads = fc.constantFrom(
  HEAD,
  HEAD.replaceAll("\r\n", "\n"),
  HEAD.replace("\r\n\r\n", "\r\n\n"),
  HEAD.replace("\r\n\r\n", "\n\r\n"),
  `\r\n${HEAD}`,
  `\n${HEAD}`,
);

test("a head ends at its empty line, however it is cut, with CRLF or LF alone", () => {
  fc.assert(
    fc.property(heads, fc.constantFrom("", "\x81\x05Hello", "\r\n\r\n", "\n"), sizes, (head, rest, cut) => {
      assert.deepEqual(readIn(Buffer.from(head + rest, "latin1"), cut), { head, rest });
    }),
    fuzzRuns(125),
  );
});

test("a head is incomplete until its empty line arrives", () => {
  for (let length = 0; length < HEAD.length; length++)
    assert.equal(new HeadReader().push(Buffer.from(HEAD.slice(0, length))), null);
});

test("a complete head is parsed", () => {
  const read = new HeadReader().push(Buffer.from(HEAD));
  assert.ok(read !== null && read !== "too long");
  assert.deepEqual([read.head.method, read.head.target, read.head.headers.length], ["GET", "/chat?a=b", 2]);
});

test("a head of the maximum length is read, and one more byte is too long, however it is cut", () => {
  const headOf = (length: number): Buffer => Buffer.from(HEAD.replace("y", "y".repeat(length - HEAD.length + 1)));
  for (const cut of [[1e6], [4096], [1, 250_000], [LONGEST - 1, 1], [LONGEST, 1], [1000, 333]]) {
    const longest = headOf(LONGEST);
    assert.equal(longest.length, LONGEST);
    assert.deepEqual(readIn(longest, cut), { head: String(longest), rest: "" }, `whole in ${cut}`);
    assert.equal(readIn(headOf(LONGEST + 1), cut), "too long", `one more in ${cut}`);
    assert.equal(readIn(Buffer.alloc(LONGEST + 1, "x"), cut), "too long", `no end in ${cut}`);
  }
});

test("each of several consecutive heads may have the maximum length", () => {
  const reader = new HeadReader();
  for (let count = 0; count < 2000; count++) {
    assert.equal(reader.push(Buffer.from(HEAD.slice(0, 40))), null);
    const read = reader.push(Buffer.from(HEAD.slice(40)));
    assert.ok(read !== null && read !== "too long", String(count));
  }
});
