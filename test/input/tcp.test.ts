import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import type { AnyRecord } from "../support/any-record.js";
import { formatVerdicts, inspectCapture } from "../support/inspect-capture.js";
import { buildSegmentPcap, type TestSegment } from "../support/packets.js";
import { fuzzRuns } from "../support/runs.js";

const REQUEST =
  "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const text = (payload: string, maskingKey: number | null = null): Buffer =>
  Buffer.from(encodeFrame({ opcode: 1, payload: Buffer.from(payload), maskingKey }));

const OPEN: readonly TestSegment[] = [
  { from: "client", at: 0, flags: "syn", ack: null },
  { from: "server", at: 0, flags: "syn" },
  { from: "client", at: 0, data: REQUEST },
  { from: "server", at: 0, data: RESPONSE, ack: REQUEST.length },
];

/** The server's bytes behind the handshake, as segments: where each piece begins and ends among them. */
const server = (bytes: Uint8Array, parts: readonly (readonly [from: number, to: number])[]): TestSegment[] =>
  parts.map(([from, to]) => ({ from: "server", at: RESPONSE.length + from, data: bytes.subarray(from, to) }));

const payloads = (records: AnyRecord[]): string[] =>
  records.filter(({ type, complete }) => type === "frame" && complete).map(({ payload }) => payload);
const findings = (records: AnyRecord[]): string[] =>
  records.flatMap(({ findings }) => findings.map(({ rule, length }: AnyRecord) => `${rule} ${length}`));

test("of connections without data, only the oldest are forgotten", () => {
  const scan = Array.from(
    { length: 40_000 },
    (_, i): TestSegment => ({ from: "client", at: 0, flags: "syn", ack: null, clientPort: i, serverPort: 1 }),
  );
  const hello = text("Hello");
  const { records } = inspectCapture(buildSegmentPcap([...OPEN, ...scan, ...server(hello, [[0, hello.length]])]));
  assert.deepEqual(payloads(records), ["Hello"]);
  assert.deepEqual(findings(records), []);
});

const WORDS = ["one", "two", "three", "four", "five", "six", "seven"];
const STREAM = Buffer.concat(WORDS.map((word) => text(word)));

test("segments in any order, repeated and overlapping, with sequence numbers that wrap around, give the stream", () => {
  const part = fc.tuple(fc.nat(STREAM.length - 1), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 20 }),
      fc.shuffledSubarray(STREAM.map((_, i) => i) as unknown as number[]),
      (more, order) => {
        const whole: [number, number][] = Array.from({ length: Math.ceil(STREAM.length / 5) }, (_, i) => [
          i * 5,
          i * 5 + 5,
        ]);
        const parts = [...whole, ...more.map(([from, length]): [number, number] => [from, from + length])];
        const rank = (index: number): number => order[index % Math.max(1, order.length)] ?? index;
        const shuffled = parts.map((one, index) => ({ one, rank: rank(index) })).sort((a, b) => a.rank - b.rank);
        const { records, fault } = inspectCapture(
          buildSegmentPcap([
            ...OPEN,
            ...server(
              STREAM,
              shuffled.map(({ one }) => one),
            ),
          ]),
        );
        assert.equal(fault, null);
        assert.deepEqual(payloads(records), WORDS);
        assert.deepEqual(findings(records), []);
      },
    ),
    fuzzRuns(100, 0.01),
  );
});

test("of differing copies the first is used, which is reported", () => {
  const other = Buffer.from(STREAM);
  other[3] = 0x5a;
  const { records, notes } = inspectCapture(
    buildSegmentPcap([...OPEN, ...server(STREAM, [[0, 10]]), ...server(other, [[0, STREAM.length]])]),
  );
  assert.deepEqual(payloads(records), WORDS);
  assert.match(notes.join(), /retransmitted bytes differ .* in packet 6: the first copy is used/);
});

test("keep-alives, window probes and data with a SYN belong to the stream", () => {
  const probe: TestSegment = { from: "server", at: RESPONSE.length - 1, data: RESPONSE.slice(-1) };
  const opening: TestSegment[] = [{ from: "client", at: 0, flags: "syn", ack: null, data: REQUEST.slice(0, 20) }];
  const rest: TestSegment[] = [
    { from: "server", at: 0, flags: "syn" },
    { from: "client", at: 20, data: REQUEST.slice(20) },
    { from: "server", at: 0, data: RESPONSE },
    probe,
    ...server(STREAM, [[0, 1]]),
    probe,
    ...server(STREAM, [[0, STREAM.length]]),
  ];
  // The data of a SYN follows its number.
  const shifted = [{ ...(opening[0] as TestSegment) }, ...rest];
  const { records } = inspectCapture(buildSegmentPcap(shifted));
  assert.deepEqual(payloads(records), WORDS);
  assert.deepEqual(findings(records), []);
});

test("lost segments are gaps of their size, and reading continues", () => {
  const lost = inspectCapture(
    buildSegmentPcap([
      ...OPEN,
      ...server(STREAM, [
        [0, 5],
        [10, STREAM.length],
      ]),
    ]),
  );
  assert.deepEqual(payloads(lost.records), ["one", "three", "four", "five", "six", "seven"]);
  assert.deepEqual(findings(lost.records), ["stream-gap 5"]);
  const cut = inspectCapture(
    buildSegmentPcap([...OPEN, { ...(server(STREAM, [[0, STREAM.length]])[0] as TestSegment), snap: 48 }]),
  );
  assert.deepEqual(findings(cut.records), [`stream-gap ${STREAM.length - 8}`]);
  const end: TestSegment = { from: "server", at: RESPONSE.length + STREAM.length, flags: "fin" };
  const tail = inspectCapture(buildSegmentPcap([...OPEN, ...server(STREAM, [[0, 5]]), end]));
  assert.deepEqual(findings(tail.records), [`stream-gap ${STREAM.length - 5}`]);
});

test("reused ports are another connection; a reset ends one", () => {
  const first = [...OPEN, ...server(STREAM, [[0, 5]]), { from: "client", at: REQUEST.length, flags: "rst" } as const];
  const { records } = inspectCapture(buildSegmentPcap([...first, ...first]));
  assert.deepEqual(
    records.filter(({ type }) => type === "frame").map(({ stream }) => stream),
    [0, 1],
  );
});

test("reused ports are another connection even if its SYN was lost; repeated packets start none", () => {
  const far = 2 ** 30;
  const again: TestSegment[] = [
    { from: "client", at: far, data: REQUEST, ack: far },
    { from: "server", at: far, data: Buffer.concat([Buffer.from(RESPONSE), STREAM]), ack: far + REQUEST.length },
  ];
  const closing: TestSegment[] = [
    { from: "client", at: REQUEST.length, flags: "fin" },
    { from: "server", at: RESPONSE.length + STREAM.length, flags: "fin" },
  ];
  const whole = server(STREAM, [[0, STREAM.length]]);
  for (const between of [[], closing, [...closing, ...whole]]) {
    const { records, notes } = inspectCapture(buildSegmentPcap([...OPEN, ...whole, ...between, ...again]));
    assert.deepEqual(payloads(records), [...WORDS, ...WORDS]);
    assert.deepEqual(findings(records), []);
    assert.deepEqual(notes, []);
    assert.equal(records.at(-1).stream, 1);
  }
  // With a SYN-ACK of other numbers, and the SYN lost.
  const answered: TestSegment = { from: "server", at: far, flags: "syn", ack: far };
  const opened = inspectCapture(buildSegmentPcap([...OPEN, ...whole, answered, ...again]));
  assert.deepEqual(payloads(opened.records), [...WORDS, ...WORDS]);
});

test("if a capture starts in the middle, its first segments may be in any order", () => {
  for (const parts of [
    [
      [5, 10],
      [0, 5],
    ],
    [
      [10, 15],
      [5, 10],
      [0, 5],
    ],
  ] as const) {
    const rest = server(STREAM, [[parts.length * 5, STREAM.length]]);
    const { records } = inspectCapture(buildSegmentPcap([...server(STREAM, parts), ...rest]));
    assert.deepEqual(payloads(records), WORDS);
    assert.deepEqual(findings(records), []);
  }
});

test("a request that the capture has after its response is put before it, by the acknowledgement", () => {
  const [syn, synAck, request, response] = OPEN as [TestSegment, TestSegment, TestSegment, TestSegment];
  const asked = text("one?", 0x01020304);
  const all = REQUEST.length + asked.length;
  const said: TestSegment = { from: "client", at: REQUEST.length, data: asked, ack: RESPONSE.length };
  const answered = server(STREAM, [[0, STREAM.length]]).map((segment): TestSegment => ({ ...segment, ack: all }));
  const { records } = inspectCapture(buildSegmentPcap([syn, synAck, response, request, ...answered, said]));
  assert.deepEqual(payloads(records), ["one?", ...WORDS]);
  assert.deepEqual(findings(records), []);
  // Where the capture lacks what was acknowledged, nothing is held back for good.
  const { records: alone } = inspectCapture(buildSegmentPcap([syn, synAck, request, response, ...answered]));
  assert.deepEqual(payloads(alone), WORDS);
});

test("the verdict reports how TCP ended if the closing handshake is incomplete", () => {
  const frames: TestSegment[] = [
    ...server(text("one"), [[0, 5]]),
    { from: "client", at: REQUEST.length, data: text("two", 1) },
  ];
  const ends = { client: REQUEST.length + 9, server: RESPONSE.length + 5 };
  const ended = (...more: TestSegment[]): string[] => formatVerdicts(buildSegmentPcap([...OPEN, ...frames, ...more]));
  assert.deepEqual(ended(), ["2 messages | no Close frame: the connection was still open when the capture ended"]);
  assert.deepEqual(ended({ from: "server", at: ends.server, flags: "rst" }), [
    "2 messages | no Close frame: the server reset the TCP connection; both applications saw 1006 Abnormal Closure",
  ]);
  const fins: TestSegment[] = [
    { from: "client", at: ends.client, flags: "fin" },
    { from: "server", at: ends.server, flags: "fin" },
  ];
  assert.deepEqual(ended(...fins), [
    "2 messages | no Close frame: the client closed the TCP connection; both applications saw 1006 Abnormal Closure",
  ]);
  const close = Buffer.from(encodeFrame({ opcode: 8, payload: Buffer.from([0x03, 0xe8]), maskingKey: null }));
  const left: TestSegment[] = [
    { from: "server", at: ends.server, data: close },
    { from: "server", at: ends.server + close.length, flags: "rst" },
  ];
  assert.deepEqual(ended(...left), [
    "2 messages | the server closed the connection with 1000 Normal Closure; no Close from the client: the closing handshake is incomplete; the server reset the TCP connection | the server's application saw 1006 Abnormal Closure: it got no Close frame",
  ]);
});

test("an opened connection with one frame or none has a verdict", () => {
  const reset: TestSegment = { from: "server", at: RESPONSE.length, flags: "rst" };
  const one: TestSegment = { from: "client", at: REQUEST.length, data: text("one", 1) };
  const saw = "the server reset the TCP connection; both applications saw 1006 Abnormal Closure";
  assert.deepEqual(formatVerdicts(buildSegmentPcap([...OPEN, reset])), [`0 messages | no Close frame: ${saw}`]);
  assert.deepEqual(formatVerdicts(buildSegmentPcap([...OPEN, one, reset])), [`1 message | no Close frame: ${saw}`]);
  assert.deepEqual(formatVerdicts(buildSegmentPcap([...OPEN, one])), [], "a frame needs no verdict");
  const refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
  const no: TestSegment = { from: "server", at: 0, data: refused, ack: REQUEST.length };
  assert.deepEqual(formatVerdicts(buildSegmentPcap([...OPEN.slice(0, 3), no, { ...reset, at: refused.length }])), []);
  const close = Buffer.from(encodeFrame({ opcode: 8, payload: Buffer.from([0x03, 0xe8]), maskingKey: 1 }));
  assert.deepEqual(formatVerdicts(buildSegmentPcap([...OPEN, { ...one, data: close }, reset])), [
    "0 messages | the client closed the connection with 1000 Normal Closure; no Close from the server: the closing handshake is incomplete; the server reset the TCP connection | the client's application saw 1006 Abnormal Closure: it got no Close frame",
  ]);
});

test("frames after a lost header have the times of their packets", () => {
  const segments: TestSegment[] = WORDS.map((word, index) => ({
    from: "server",
    at: RESPONSE.length + index * 30,
    data: text(word.padEnd(28, ".")),
  }));
  // The second one is lost, and the header of the third.
  const [first, , torn, ...whole] = segments as [TestSegment, TestSegment, TestSegment, ...TestSegment[]];
  const rest = { ...torn, at: torn.at + 3, data: (torn.data as Buffer).subarray(3) };
  const { records } = inspectCapture(buildSegmentPcap([...OPEN, first, rest, ...whole]));
  const times = records.filter(({ type }) => type === "frame").map(({ time }) => time.slice(-5));
  // The hole is given up when the capture ends; the packets are a millisecond apart.
  assert.deepEqual(
    times,
    ["04000", "06000", "07000", "08000", "09000"].map((end) => `${end.slice(1)}Z`),
  );
});

test("missing bytes of an HTTP body do not affect the frames after it", () => {
  const body = "x".repeat(1000);
  const plain = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const [asked, head] of [
    [plain, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"],
    [REQUEST, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000\r\n\r\n"],
  ] as const) {
    const answered = head.length + body.length;
    const segments: TestSegment[] = [
      ...OPEN.slice(0, 2),
      { from: "client", at: 0, data: asked },
      { from: "server", at: 0, data: head + body.slice(0, 400) },
      { from: "server", at: head.length + 700, data: body.slice(700) },
      { from: "client", at: asked.length, data: REQUEST, ack: answered },
      { from: "server", at: answered, data: Buffer.concat([Buffer.from(RESPONSE), STREAM]) },
    ];
    const { records } = inspectCapture(buildSegmentPcap(segments));
    assert.deepEqual(payloads(records), WORDS);
    const rules = findings(records).filter((finding) => finding.startsWith("stream-gap"));
    assert.deepEqual(rules, []);
  }
});

test("a connection is found after other requests and after a CONNECT", () => {
  const before = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: a\r\n\r\n";
  const answers =
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0\r\n\r\n";
  const tunnel = "CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\n\r\n";
  for (const [asked, answered] of [
    [before, answers],
    [tunnel, "HTTP/1.1 200 Connection established\r\n\r\n"],
  ] as const) {
    const segments: TestSegment[] = [
      ...OPEN.slice(0, 2),
      { from: "client", at: 0, data: asked },
      { from: "server", at: 0, data: answered },
      { from: "client", at: asked.length, data: REQUEST },
      { from: "server", at: answered.length, data: Buffer.concat([Buffer.from(RESPONSE), STREAM]) },
    ];
    const { records } = inspectCapture(buildSegmentPcap(segments));
    assert.deepEqual(payloads(records), WORDS);
    assert.deepEqual(findings(records), []);
    const [first] = records.filter(({ type }) => type === "frame");
    assert.equal(first.offset, answered.length + RESPONSE.length);
  }
});

test("without a handshake, frames are recognised by their shape or port", () => {
  const client = text("hi", 0x01020304);
  const middle: TestSegment[] = [
    { from: "client", at: 500, data: client },
    { from: "server", at: 900, data: STREAM },
  ];
  assert.deepEqual(payloads(inspectCapture(buildSegmentPcap(middle)).records), ["hi", ...WORDS]);
  const odd: TestSegment[] = [{ from: "client", at: 0, data: "\x00\x01nothing known" }];
  const unknown = inspectCapture(buildSegmentPcap(odd));
  assert.deepEqual([unknown.records, unknown.notes.length], [[], 1]);
  assert.match(unknown.notes.join(), /1 other connection \(15 bytes\)/);
  const swapped = middle.map(
    (segment): TestSegment => ({ ...segment, at: segment.at + 1, data: (segment.data as Buffer).subarray(1) }),
  );
  assert.deepEqual(payloads(inspectCapture(buildSegmentPcap(swapped), undefined, 8080).records), WORDS.slice(1));
});

test("a capture that starts inside a long message shows the frames after it", () => {
  const tail = Buffer.alloc(9600, 0x5a);
  const segments: TestSegment[] = [0, 2400, 4800, 7200].map((at) => ({
    from: "server",
    at: 900 + at,
    data: tail.subarray(at, at + 2400),
  }));
  const words = WORDS.map(
    (word, index): TestSegment => ({
      from: "server",
      at: 900 + tail.length + index * 20,
      data: text(word.padEnd(18, ".")),
    }),
  );
  const { records, notes } = inspectCapture(buildSegmentPcap([...segments, ...words]));
  assert.deepEqual(
    payloads(records),
    WORDS.map((word) => word.padEnd(18, ".")),
  );
  assert.deepEqual(notes, ["10.0.0.1:40000 → 10.0.0.2:8080: skipped 9,600 bytes of the server: no frame start found"]);
  assert.equal(records.find(({ type, sender }) => type === "end" && sender === "server")?.bytes, 9600 + 7 * 20);
});

test("a capture that starts inside a fragmented message has no findings for its continuation", () => {
  const rest = Buffer.from(encodeFrame({ opcode: 0, payload: Buffer.from("\xbcrest", "latin1") }));
  const { records } = inspectCapture(
    buildSegmentPcap([{ from: "server", at: 900, data: Buffer.concat([rest, STREAM]) }]),
  );
  assert.equal(payloads(records).length, 1 + WORDS.length);
  assert.deepEqual(findings(records), []);
});

test("TLS is reported with the server's name", () => {
  const name = Buffer.from("example.test");
  const extension = Buffer.concat([
    Buffer.from([0, 0, 0, name.length + 5, 0, name.length + 3, 0, 0, name.length]),
    name,
  ]);
  const body = Buffer.concat([
    Buffer.alloc(34, 3),
    Buffer.from([0, 0, 2, 0x13, 1, 1, 0, 0, extension.length]),
    extension,
  ]);
  const hello = Buffer.concat([Buffer.from([0x16, 3, 1, 0, body.length + 4, 1, 0, 0, body.length]), body]);
  const { notes } = inspectCapture(buildSegmentPcap([...OPEN.slice(0, 2), { from: "client", at: 0, data: hello }]));
  assert.match(notes.join("\n"), /10\.0\.0\.1:40000 → 10\.0\.0\.2:8080 is TLS \(up to \d\.\d, for example\.test\)/);
  const parts: TestSegment[] = [0, 20, 60].map((at, i, all) => ({
    from: "client",
    at,
    data: hello.subarray(at, all[i + 1]),
  }));
  assert.deepEqual(inspectCapture(buildSegmentPcap([...OPEN.slice(0, 2), ...parts])).notes, notes);
});

for (const [name, bytes, message] of [
  [
    "a record that claims too much",
    Buffer.concat([buildSegmentPcap([]), Buffer.alloc(16, 0xff)]),
    /packet 1, at offset 24, announces 4,294,967,295 bytes/,
  ],
  ["a file that ends in its header", buildSegmentPcap([]).subarray(0, 10), /ends inside its header/],
  ["another magic number", Buffer.alloc(40, 7), /not a magic number/],
] as const) {
  test(`${name} is reported`, () => assert.match(inspectCapture(bytes).fault?.message ?? "", message));
}
