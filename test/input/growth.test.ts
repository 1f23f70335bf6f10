/** What captures that double in size cost: work is counted in blocks executed, and in characters that patterns run over. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CAPTURE_FORMATS } from "../../src/input/capture/capture-formats.js";
import { WebSocketFinder } from "../../src/input/capture/find/websocket-finder.js";
import { findWholeFrames } from "../../src/protocol/resync/frame-shape.js";
import type { TrafficSink } from "../../src/protocol/traffic.js";
import { buildSegmentPcap, type TestSegment } from "../support/packets.js";
import { countSteps } from "../support/steps.js";

const OPEN: readonly TestSegment[] = [
  { from: "client", at: 0, flags: "syn", ack: null },
  { from: "server", at: 0, flags: "syn" },
];
const ASK = "GET / HTTP/1.1\r\n\r\n";

/** A side's bytes in segments of a size. */
function cut(from: TestSegment["from"], text: string, size: number, ack = 0): TestSegment[] {
  const segments: TestSegment[] = [];
  for (let at = 0; at < text.length; at += size) segments.push({ from, at, data: text.slice(at, at + size), ack });
  return segments;
}

function read(segments: readonly TestSegment[]): { said: string[]; found: number } {
  const said: string[] = [];
  let found = 0;
  const finder = new WebSocketFinder(
    {
      addFoundConnection() {
        found++;
        return { data() {}, gap() {}, message() {}, end() {} };
      },
      reportOthers: (connections, bytes) => said.push(`${connections} others, ${bytes} bytes`),
      note: (line) => said.push(line),
    },
    { port: null, recognizer: { findWholeFrames } },
  );
  const reader = CAPTURE_FORMATS.find(({ name }) => name === "pcap")?.open(finder as TrafficSink);
  reader?.push(buildSegmentPcap([...OPEN, ...segments]));
  reader?.end();
  finder.end();
  return { said, found };
}

const SHAPES: Readonly<Record<string, (size: number) => TestSegment[]>> = {
  "a head in segments of one byte": (size) => cut("client", `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(size)}\r\n`, 1),
  "a TLS hello in segments of one byte": (size) => cut("client", `\x16\x03\x01\xff\xff\x01${"a".repeat(size * 4)}`, 1),
  "tiny chunks": (size) => [
    ...cut("client", ASK, 1400),
    ...cut("server", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(size)}`, 1400, 18),
  ],
  "pipelined requests": (size) => cut("client", ASK.repeat(size), 1400),
  "a response that does not end, and requests": (size) => [
    ...cut("client", ASK, 1400),
    ...cut("server", `HTTP/1.1 200 OK\r\n${"a".repeat(size)}`, 1, 18),
    ...cut("client", ASK.repeat(size + 1), 180).slice(1),
  ],
  holes: (size) => Array.from({ length: size }, (_, i) => ({ from: "client", at: 10 + i * 20, data: "abcdefgh" })),
  "segments in reverse": (size) =>
    Array.from({ length: size }, (_, i) => ({ from: "client", at: (size - i) * 8, data: "abcdefgh" })),
  "segments that overlap": (size) =>
    Array.from({ length: size }, (_, at) => ({ from: "client", at, data: "a".repeat(100) })),
  "gaps alone, of both sides": (size) =>
    Array.from({ length: size }, (_, i) => ({
      from: i % 2 === 0 ? "client" : "server",
      at: Math.floor(i / 2) * 100,
      data: "a".repeat(100),
      ack: null,
      snap: 40,
    })),
};

for (const [name, make] of Object.entries(SHAPES)) {
  test(`twice as much costs twice as much: ${name}`, async () => {
    const work: number[] = [];
    for (const size of [1000, 2000, 4000]) {
      const segments = make(size);
      work.push(await countSteps(() => void read(segments)));
    }
    for (const [i, steps] of work.slice(1).entries())
      assert.ok(steps < 2.6 * (work[i] as number), `${name}: ${work.join(", ")}`);
  });
}

test("no pattern scans a whole head", (context) => {
  let characters = 0;
  const exec = RegExp.prototype.exec;
  context.mock.method(RegExp.prototype, "exec", function (this: RegExp, text: string) {
    characters += text.length;
    return exec.call(this, text);
  });
  const head = `GET / HTTP/1.1\r\nUpgrade:${`x${" ".repeat(999)}`.repeat(60)}y\r\n\r\n`;
  assert.deepEqual(read(cut("client", head, 1400)).said, [`1 others, ${head.length} bytes`]);
  assert.ok(characters < head.length / 10, `${characters} characters`);
});
