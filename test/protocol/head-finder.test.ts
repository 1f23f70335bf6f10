import assert from "node:assert/strict";
import { test } from "node:test";
import { HeadFinder, type HeadPlace, type HeadSearchResult } from "../../src/protocol/handshake/head-finder.js";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";
import { splitBytes } from "../support/bytes.js";
import { readRecords } from "../support/records.js";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

/** What is found once it can be told, and how many bytes that took; byte by byte, and all at once the same. */
function found(text: string, place: HeadPlace, over = false): HeadSearchResult {
  const bytes = bytesOf(text);
  const whole = new HeadFinder(place).examine(bytes, over);
  if (bytes.length > 1000) return whole;
  const finder = new HeadFinder(place);
  let told: HeadSearchResult = null;
  for (let length = 1; length <= bytes.length && told === null; length++)
    told = finder.examine(bytes.subarray(0, length), over && length === bytes.length);
  assert.deepEqual(told, whole, text);
  return whole;
}

const START = "GET / HTTP/1.1\r\n";
const head = (headLength: number, cut = false): HeadSearchResult => ({ headLength, isTruncated: cut });

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

test("behind a frame, a head begins with a method or a version that is known, however it comes", () => {
  for (const line of ["PROPFIND /x HTTP/1.1", "You asked GET / HTTP/1.1", "get / HTTP/1.1", "http/1.1 101 x"])
    assert.equal(found(`${line}\r\nHost: a\r\n\r\n`, "between"), "frames", line);
  for (const line of ["PATCH /x HTTP/1.1", "HTTP/1.0 500 No"])
    assert.deepEqual(found(`${line}\r\n\r\n`, "between"), head(line.length + 4), line);
});

test("what is nearly a status line is a head where a response should stand, and there alone", () => {
  for (const line of ["HTPT/1.1 101 X", "101 Switching Protocols"]) {
    const text = `${line}\r\nA: b\r\n\r\n`;
    assert.deepEqual(found(text, "response"), head(text.length), line);
  }
  for (const place of ["start", "between"] as const)
    assert.equal(found("101 Switching\r\nA: b\r\n\r\n", place), "frames");
});

test("a head that the input ends in is one that is cut", () => {
  for (const text of ["GET /ch", `${START}Host: a`, "HTTP/1.1 101"])
    for (const place of ["start", "between"] as const)
      assert.deepEqual(found(text, place, true), head(text.length, true), `${place}: ${text}`);
  assert.equal(found("GET", "between", true), "frames");
  assert.equal(found("\r\n", "start", true), "frames");
});

test("a head or a first line without end is none", () => {
  assert.equal(found(`${START}A: ${"x".repeat(256 * 1024)}`, "start"), "frames");
  assert.equal(found(`${START}A: ${"x".repeat(200 * 1024)}`, "start"), null);
  assert.equal(found(`GET /${"x".repeat(64 * 1024)}`, "start"), "frames");
  assert.equal(found(`GET /${"x".repeat(60 * 1024)}`, "start"), null);
});

const [REQUEST, RESPONSE] = buildHandshakeHeads(null).split(/(?=HTTP\/1\.1 101)/) as [string, string];

test("behind what comes before an answer stands the answer, even one with a misspelt status line", () => {
  const bytes = bytesOf(`${REQUEST}HTTP/1.1 103 Early Hints\r\n\r\n${RESPONSE.replace("HTTP", "HTPT")}\x81\x01a`);
  assert.deepEqual(
    readRecords([bytes]).map(({ type }) => type),
    ["handshake", "frame", "end", "end"],
  );
});

test("in the body of a refusal, what looks like a head in the middle of a line is none", () => {
  const refusal = `${REQUEST}HTTP/1.1 404 Not Found\r\n\r\n`;
  const bytes = bytesOf(`${refusal}1. You asked ${REQUEST}for nothing\r\n`);
  const records = readRecords([bytes]);
  assert.equal(records.filter(({ type }) => type === "handshake").length, 1);
  for (const sizes of [[1], [refusal.length, 13, 1000], [refusal.length + 3, 7]])
    assert.deepEqual(readRecords(splitBytes(bytes, sizes)), records, sizes.join());
});
