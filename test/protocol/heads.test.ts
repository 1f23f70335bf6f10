import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { ByteStream, Connection, encodeFrame } from "../../src/index.js";
import type { AnyRecord } from "../support/any-record.js";
import { parseHexBytes, splitBytes } from "../support/bytes.js";
import { listFindings, readRecords } from "../support/records.js";

const REQUEST =
  "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const REST = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const RESPONSE = `HTTP/1.1 101 Switching Protocols\r\n${REST}`;
const HELLO = Buffer.from(encodeFrame({ opcode: 1, payload: Buffer.from("hello") }));

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const kinds = (records: AnyRecord[]): string => records.map(({ type }) => type).join(" ");

/** The records of bytes, which are the same whatever pieces they come in. */
function records(bytes: Uint8Array): AnyRecord[] {
  const whole = readRecords([bytes]);
  for (const sizes of [[1000], [7, 40_000], [29_000, 3]]) {
    assert.deepEqual(readRecords(splitBytes(bytes, sizes)), whole, sizes.join());
  }
  return whole;
}

test("a head may be as long as servers allow, and longer, with bytes beyond ASCII", () => {
  for (const filler of ["a".repeat(70_000), "\xe9".repeat(130_000), "\0".repeat(20_000)]) {
    const head = latin1(REQUEST.replace("\r\n\r\n", `\r\nX: ${filler}\r\n\r\n`));
    const found = records(Buffer.concat([head, latin1(RESPONSE), HELLO]));
    assert.equal(kinds(found), "handshake frame end end");
    assert.deepEqual(
      listFindings(found).filter((finding) => !finding.startsWith("handshake-malformed")),
      [],
    );
  }
});

test("a head that is too long is a finding, and no frames are made of its bytes", () => {
  for (const [long, other] of [
    [REQUEST, RESPONSE],
    [RESPONSE, REQUEST],
  ] as const) {
    const head = latin1(long.replace("\r\n\r\n", `\r\nX: ${"\x81\x85hello".repeat(50_000)}\r\n\r\n`));
    const isRequest = long === REQUEST;
    const found = records(Buffer.concat(isRequest ? [head, latin1(other), HELLO] : [latin1(other), head, HELLO]));
    assert.equal(kinds(found), "handshake frame end end");
    const start = isRequest ? 0 : other.length;
    assert.deepEqual(listFindings(found), [`handshake-malformed ${start} ${long.indexOf("\r\n")}`]);
    assert.equal(found[0].key, "dGhlIHNhbXBsZSBub25jZQ==");
    assert.deepEqual([found[1].offset, found[1].payload], [head.length + other.length, "hello"]);
    assert.deepEqual(
      found.slice(2).map(({ bytes }) => bytes),
      isRequest ? [head.length, other.length + HELLO.length] : [other.length, head.length + HELLO.length],
    );
  }
});

test("a head that is too long and never ends leaves no frames", () => {
  const found = records(latin1(`${REQUEST.slice(0, -2)}X: ${"x".repeat(400_000)}\r\nY: ${"y".repeat(1000)}`));
  assert.equal(kinds(found), "handshake end");
});

test("the caller may reuse the memory of a chunk", () => {
  const bytes = Buffer.concat([latin1(REQUEST), latin1(RESPONSE), HELLO]);
  const chunk = Buffer.alloc(64);
  const seen: unknown[] = [];
  const connection = new Connection(
    {
      handshake: ({ key, accept }) => seen.push(key, accept),
      frame: ({ payload }) => seen.push(Buffer.from(payload).toString()),
      end() {},
      closed() {},
    },
    { stream: 0, keep: 100 },
  );
  const stream = new ByteStream({ sender: null, nextConnection: () => connection });
  for (let at = 0; at < bytes.length; at += chunk.length) {
    stream.push(chunk.subarray(0, bytes.copy(chunk, 0, at)));
    chunk.fill(0x20);
  }
  assert.deepEqual(seen, ["dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "hello"]);
});

test("long text that is not a head is read as frames", () => {
  for (const bytes of [
    latin1("GET ".repeat(5000)),
    latin1("x".repeat(300_000)),
    latin1(`GET / HTTP/1.1\r\nA:\0${"y".repeat(300_000)}`),
  ]) {
    assert.ok(records(bytes).length > 0);
  }
});

for (const [name, line] of [
  ["without a version", "HTTP 101 Switching Protocols"],
  ["without HTTP", "101 Switching Protocols"],
  ["misspelt", "HTP/1.1 101 Switching Protocols"],
] as const) {
  test(`a status line ${name} is malformed, and what follows are frames`, () => {
    const start = REQUEST.length;
    const found = records(Buffer.concat([latin1(`${REQUEST}${line}\r\n${REST}`), HELLO]));
    assert.equal(kinds(found), "handshake frame end end");
    assert.deepEqual(listFindings(found), [`handshake-malformed ${start} ${line.length}`]);
  });
}

for (const [name, body] of [
  ["in chunks", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
  ["in chunks, which holds a head", `Transfer-Encoding: chunked\r\n\r\n16\r\nHTTP/1.1 500 No\r\nA:b\r\n\r\n0\r\n\r\n`],
  [
    "in chunks with trailers",
    "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\nHTTP/1.1 500 No\r\n\r\n",
  ],
  ["in chunks with LF alone", "Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\nA: b\n\n"],
  ["that is said to be in chunks, and is not", "Transfer-Encoding: chunked\r\n\r\n<html>\n<p>no</p>\n</html>\n"],
  ["with a length", "Content-Length: 5\r\n\r\nhello"],
  ["with a length twice", "Content-Length: 5, 5\r\n\r\nhello"],
  ["without a length", "Connection: close\r\n\r\n<html>\n<p>no</p>\n</html>\n"],
] as const) {
  test(`a refusal's body ${name} is not read as frames, and the next request may succeed`, () => {
    const found = records(Buffer.concat([latin1(`${REQUEST}HTTP/1.1 401 No\r\n${body}${REQUEST}${RESPONSE}`), HELLO]));
    assert.equal(kinds(found), "handshake handshake frame end end");
    assert.deepEqual(listFindings(found), [`handshake-status ${REQUEST.length} 15`]);
  });
}

test("an interim response is not the answer", () => {
  const found = records(
    Buffer.concat([latin1(`${REQUEST}HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${RESPONSE}`), HELLO]),
  );
  assert.equal(kinds(found), "handshake frame end end");
  assert.deepEqual(listFindings(found), []);
  assert.equal(found[0].accept, found[0].expectedAccept);
});

test("empty lines before a head are ignored", () => {
  const found = records(Buffer.concat([latin1(`\r\n\n${REQUEST}${RESPONSE}`), HELLO]));
  assert.equal(kinds(found), "handshake frame end end");
  assert.deepEqual(listFindings(found), []);
});

test("a truncated head has one finding: that it is malformed", () => {
  const cut = records(latin1(REQUEST.slice(0, 60)));
  assert.deepEqual(
    listFindings(cut).map((finding) => finding.split(" ")[0]),
    ["handshake-malformed"],
  );
});

test("a head that ends without an empty line ends where a frame begins", () => {
  const found = records(Buffer.concat([latin1(`${REQUEST}${RESPONSE.slice(0, -2)}`), HELLO]));
  assert.equal(kinds(found), "handshake frame end end");
  assert.deepEqual(
    listFindings(found).map((finding) => finding.split(" ")[0]),
    ["handshake-malformed"],
  );
});

test("an unknown extension may use the RSV bits", () => {
  assert.deepEqual(listFindings(readRecords([parseHexBytes("f1 00")], { extensions: "x-foo" })), []);
  const both = readRecords([parseHexBytes("b1 00")], { extensions: "permessage-deflate, x-foo" });
  assert.deepEqual(listFindings(both), []);
});

test("inflating stops at the same byte whatever pieces the message comes in, and not while it shrinks less", () => {
  const noise = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7919 + ((i * i) >> 3)) & 0x7f));
  const options = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
  const shrunk = zlib
    .deflateRawSync(Buffer.concat([Buffer.alloc(20_000, 65), noise, Uint8Array.of(0xff)]), options)
    .subarray(0, -4);
  const bomb = zlib.deflateRawSync(Buffer.alloc(400_000, 65), options).subarray(0, -4);
  for (const [payload, findings, length] of [
    [shrunk, ["invalid-utf8"], 21_001],
    [bomb, ["inflate-limit"], 100 * bomb.length],
  ] as const) {
    const frame = encodeFrame({ opcode: 1, rsv1: true, payload });
    for (const sizes of [[frame.length], [64, 2000], [1], [9]]) {
      const found = readRecords(splitBytes(frame, sizes), { extensions: "permessage-deflate", inflateLimit: 1024 });
      assert.deepEqual(
        listFindings(found).map((finding) => finding.split(" ")[0]),
        findings,
      );
      assert.equal(found[1].payloadLength, length);
    }
  }
});

test("a start line with control characters is a malformed head, not frames", () => {
  for (const odd of ["\u001b[31m", "\0", "\u007f"]) {
    const refusal = Buffer.from(`HTTP/1.1 403 ${odd}Forbidden\r\nContent-Length: 0\r\n\r\n`);
    const records = readRecords([refusal]);
    assert.deepEqual(records.map(({ type }) => type).slice(0, 1), ["handshake"], odd);
    assert.ok(
      listFindings(records).some((found) => found.startsWith("handshake-malformed 0 ")),
      odd,
    );
    assert.ok(records.every(({ type }) => type !== "frame"));
  }
});
