/** Memory use of inputs: texts of 10 MB, and of one more connection in a capture, as the difference between two sizes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";
import { createScratchFolder } from "../support/folder.js";
import { buildSegmentPcap, type TestSegment } from "../support/packets.js";
import { WITHOUT_COVERAGE } from "../support/processes.js";

const PCAP_HEADER = 24;
const [REQUEST = "", RESPONSE = ""] = buildHandshakeHeads(null).split(/(?=HTTP\/1\.1 101)/);

const OPEN: readonly TestSegment[] = [
  { from: "client", at: 0, flags: "syn", ack: null },
  { from: "server", at: 0, flags: "syn" },
];
const IDLE: readonly TestSegment[] = [...OPEN, { from: "client", at: 0, data: "a protocol of its own" }];
const WEBSOCKET: readonly TestSegment[] = [
  ...OPEN,
  { from: "client", at: 0, data: REQUEST },
  { from: "server", at: 0, data: RESPONSE, ack: REQUEST.length },
  { from: "client", at: REQUEST.length, data: Buffer.from("8185010203046967 6f686e".replaceAll(" ", ""), "hex") },
  { from: "server", at: RESPONSE.length, data: Buffer.from("81026869", "hex") },
];

const FOLDER = createScratchFolder();

/** The peak memory for reading a file, in bytes. */
function peakOf(file: string): number {
  const args = ["--import", "./test/support/peak.mjs", "bin/wsframe.js", "decode", "--to", "summary", "-r", file];
  const { stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...WITHOUT_COVERAGE },
  });
  return Number(/peak (\d+)/.exec(stderr)?.[1]) * 1024;
}

const MB = 1_000_000;
const SIZE = 10 * MB;
const filled = (piece: string, before = "", behind = ""): string =>
  before + piece.repeat(Math.floor(SIZE / piece.length)) + behind;
const TEXTS: Readonly<Record<string, () => string>> = {
  strings: () => filled('"\\x81\\x00"\n'),
  "one string": () => filled("\\x81", '"', '"'),
  "quotes that are escaped": () => filled('\\"', '"'),
  heads: () => filled("GET / HTTP/1.1\r\nHost: a\r\n"),
  "blanks in a list": () => filled(" ", "[129,", "0]"),
  "brackets that open": () => filled("["),
  "a HAR of empty entries": () => filled("{},", '{"log":{"entries":[', "{}]}}"),
  "a HAR that nests": () => filled('{"a":', '{"log":{"entries":['),
  "a dump of one row": () => filled("81 00 ", "00000000  "),
  "one word": () => filled("a"),
};

for (const [name, make] of Object.entries(TEXTS)) {
  test(`10 MB of text takes less than 200 MB: ${name}`, () => {
    const file = join(FOLDER, "text");
    writeFileSync(file, make());
    const peak = peakOf(file);
    assert.ok(peak > 30 * MB && peak < 200 * MB, `${peak / MB} MB`);
  });
}

/** The memory of one more connection, in bytes, as the difference between two numbers of connections. */
function memoryOf(segments: readonly TestSegment[], sizes: readonly [number, number]): number {
  const peaks = sizes.map((size) => {
    const file = join(FOLDER, "open.pcap");
    writeFileSync(file, buildSegmentPcap([]));
    for (let port = 0; port < size; port += 1000) {
      const ports = Array.from({ length: 1000 }, (_, i) => 1024 + port + i);
      const all = ports.flatMap((clientPort) => segments.map((segment) => ({ ...segment, clientPort })));
      appendFileSync(file, buildSegmentPcap(all).subarray(PCAP_HEADER));
    }
    return peakOf(file);
  });
  const [small = 0, large = 0] = peaks;
  return (large - small) / (sizes[1] - sizes[0]);
}

test("an idle TCP connection takes less than 3 KB", () => {
  const bytes = memoryOf(IDLE, [8000, 24_000]);
  assert.ok(bytes < 3000, `${bytes} bytes`);
});

test("an open WebSocket takes less than 8 KB", () => {
  const bytes = memoryOf(WEBSOCKET, [4000, 12_000]);
  assert.ok(bytes < 8000, `${bytes} bytes`);
});
