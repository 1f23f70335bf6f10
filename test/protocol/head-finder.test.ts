import assert from "node:assert/strict";
import { test } from "node:test";
import { HeadFinder, type HeadPlace, type HeadSearchResult } from "../../src/protocol/handshake/head-finder.js";
import { MAX_HEAD_BYTES } from "../../src/protocol/handshake/http-syntax.js";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";
import { splitBytes } from "../support/bytes.js";
import { readRecords } from "../support/records.js";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

type Result = HeadSearchResult | null;

function examine(finder: HeadFinder, bytes: Uint8Array, isLast: boolean): Result {
  return isLast ? finder.examineLast(bytes) : finder.examine(bytes);
}

/** What is found once it is decided, and how many bytes that took; byte by byte, and all at once the same. */
function found(text: string, place: HeadPlace, rest: "more may come" | "all" = "more may come"): Result {
  const bytes = bytesOf(text);
  const whole = examine(new HeadFinder(place), bytes, rest === "all");
  if (bytes.length > 1000) return whole;
  const finder = new HeadFinder(place);
  let told: Result = null;
  for (let length = 1; length <= bytes.length && told === null; length++)
    told = examine(finder, bytes.subarray(0, length), rest === "all" && length === bytes.length);
  assert.deepEqual(told, whole, text);
  return whole;
}

const START = "GET / HTTP/1.1\r\n";
const head = (headLength: number, cut = false): Result => ({
  headLength,
  extent: cut ? "truncated" : "complete",
});

test("a head ends at its empty line, whatever its headers hold", () => {
  for (const lines of [
    "",
    "A: b\r\n",
    "A: b\r\n\tfolded\r\n",
    "A: b\r\n  folded\r\n",
    "A: \x01\xff\r\n",
    "A\t: b\r\n",
    "A: b\n",
  ]) {
    const text = `${START}${lines}\r\n`;
    for (const place of ["certain", "start", "response", "between"] as const)
      assert.deepEqual(found(`${text}\x81\x05`, place), head(text.length), `${place}: ${lines}`);
  }
  assert.deepEqual(found("GET /\xe9 HTTP/1.1\r\n\r\n", "start"), head(19));
  assert.deepEqual(found("\r\n\r\nGET / HTTP/1.1\r\n\r\n", "start"), head(22));
});

test("a head that frames interrupt ends where the line with them begins", () => {
  for (const lines of ["", "Host: a\r\n", "A: \x01\r\n"]) {
    const text = START + lines;
    assert.deepEqual(found(`${text}\x81\x05hello`, "start"), head(text.length), lines);
  }
  assert.equal(found("hello\r\n\x81\x05hello", "start"), "frames");
  assert.deepEqual(found("hello\r\nUpgrade: websocket\r\n\x81\x05", "start"), head(27));
});

test("after a frame, a head begins with a known method or version, in any pieces", () => {
  for (const line of ["PROPFIND /x HTTP/1.1", "You asked GET / HTTP/1.1", "get / HTTP/1.1", "http/1.1 101 x"])
    assert.equal(found(`${line}\r\nHost: a\r\n\r\n`, "between"), "frames", line);
  for (const line of ["PATCH /x HTTP/1.1", "HTTP/1.0 500 No"])
    assert.deepEqual(found(`${line}\r\n\r\n`, "between"), head(line.length + 4), line);
});

test("a line that is nearly a status line is a head only where a response should come", () => {
  for (const line of ["HTPT/1.1 101 X", "101 Switching Protocols"]) {
    const text = `${line}\r\nA: b\r\n\r\n`;
    assert.deepEqual(found(text, "response"), head(text.length), line);
  }
  for (const place of ["start", "between"] as const)
    assert.equal(found("101 Switching\r\nA: b\r\n\r\n", place), "frames");
});

test("a head that the input ends in is truncated", () => {
  for (const text of ["GET /ch", `${START}Host: a`, "HTTP/1.1 101"])
    for (const place of ["start", "between"] as const)
      assert.deepEqual(found(text, place, "all"), head(text.length, true), `${place}: ${text}`);
  assert.equal(found("GET", "between", "all"), "frames");
  assert.equal(found("\r\n", "start", "all"), "frames");
});

test("of a head that is longer than the limit, only the limit's bytes are read; other long text is frames", () => {
  const tooLong = { headLength: MAX_HEAD_BYTES, extent: "too-long" };
  for (const place of ["certain", "start", "between"] as const) {
    assert.deepEqual(found(`${START}A: ${"x".repeat(MAX_HEAD_BYTES)}`, place), tooLong);
    assert.equal(found(`${START}A: ${"x".repeat(200 * 1024)}`, place), null);
    assert.deepEqual(found(`GET /${"x".repeat(MAX_HEAD_BYTES)}`, place), tooLong);
    assert.equal(found(`GET /${"x".repeat(200 * 1024)}`, place), null);
  }
  assert.equal(found("x".repeat(MAX_HEAD_BYTES + 1), "start"), "frames");
  const longest = `${START}A: ${"x".repeat(MAX_HEAD_BYTES - START.length - 7)}\r\n\r\n`;
  assert.deepEqual(found(longest, "start"), head(MAX_HEAD_BYTES));
});

const [REQUEST, RESPONSE] = buildHandshakeHeads(null).split(/(?=HTTP\/1\.1 101)/) as [string, string];

test("a response with a misspelt status line is found after an interim response", () => {
  const bytes = bytesOf(`${REQUEST}HTTP/1.1 103 Early Hints\r\n\r\n${RESPONSE.replace("HTTP", "HTPT")}\x81\x01a`);
  assert.deepEqual(
    readRecords([bytes]).map(({ type }) => type),
    ["handshake", "frame", "end", "end"],
  );
});

test("text in the middle of a line of a refusal's body is not a head", () => {
  const refusal = `${REQUEST}HTTP/1.1 404 Not Found\r\n\r\n`;
  const bytes = bytesOf(`${refusal}1. You asked ${REQUEST}for nothing\r\n`);
  const records = readRecords([bytes]);
  assert.equal(records.filter(({ type }) => type === "handshake").length, 1);
  for (const sizes of [[1], [refusal.length, 13, 1000], [refusal.length + 3, 7]])
    assert.deepEqual(readRecords(splitBytes(bytes, sizes)), records, sizes.join());
});
