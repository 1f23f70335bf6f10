/** What strangers can make a capture's reader hold, and that what is given up is reported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocketFinder } from "../../src/input/capture/find/websocket-finder.js";
import { IpReader } from "../../src/input/capture/net/ip.js";
import { TcpReassembly } from "../../src/input/capture/net/tcp-reassembly.js";
import { findWholeFrames } from "../../src/protocol/resync/frame-shape.js";
import { buildPacket } from "../support/packets.js";

const at = { time: null, digits: 0, packet: null };
const NOBODY = { data() {}, gap() {}, message() {}, end() {} };

test("over the total limit, the longest undecided connection is skipped, which is reported", () => {
  const said: string[] = [];
  let found = 0;
  const finder = new WebSocketFinder(
    {
      addFoundConnection() {
        found++;
        return NOBODY;
      },
      reportOthers: (count) => said.push(`${count} others`),
      note: (line) => said.push(line),
    },
    { port: null, recognizer: { findWholeFrames } },
    3000,
  );
  const start = { endpoints: null, isOpenerKnown: true };
  const taps = Array.from({ length: 10 }, () => finder.connection(start));
  for (const tap of taps) tap.data(0, Buffer.from("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: web".padEnd(400, "s")), at);
  taps.at(-1)?.data(0, Buffer.from("\r\nX: websocket\r\n\r\n"), at);
  for (const tap of taps) tap.end();
  finder.end();
  assert.deepEqual(said, [
    "10 others",
    "5 connections skipped before it was clear what they are: undecided connections exceeded the limit of 3,000 bytes",
  ]);
  assert.equal(found, 0);
});

test("over the total limit, the oldest holes are skipped, which is reported", () => {
  const said: string[] = [];
  let gaps = 0;
  const tap = { ...NOBODY, gap: () => void gaps++ };
  const tcp = new TcpReassembly({ connection: () => tap, note: (line) => said.push(line) }, 3000);
  const ip = new IpReader();
  const send = (clientPort: number, place: number): void => {
    const segment = ip.findTcpSegment(buildPacket({ from: "client", at: place, data: "x".repeat(100), clientPort }));
    if (segment !== null) tcp.addSegment(segment, at);
  };
  for (let port = 1; port <= 10; port++) {
    send(port, 0);
    send(port, 200);
    send(port, 400);
  }
  assert.ok(gaps > 0);
  tcp.end(at);
  assert.equal(gaps, 20);
  assert.match(
    said.join(),
    /^stopped waiting for missing bytes of \d TCP streams: later data exceeded the limit of 3,000 bytes/,
  );
});

test("packets with missing fragments are counted, including those dropped early", () => {
  const ip = new IpReader();
  for (let i = 0; i < 300; i++) {
    const part = buildPacket({ from: "client", at: 0, data: "x" });
    part.writeUInt16BE(i, 4);
    part.writeUInt16BE(0x2000, 6);
    assert.equal(ip.findTcpSegment(part), null);
  }
  assert.equal(ip.incompleteCount, 300);
});
