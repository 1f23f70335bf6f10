import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseIpAddress } from "../../src/bytes/ip-address.js";
import { probePackets } from "../../src/input/capture/packet-text/packet-dump.js";
import { createSample } from "../../src/input/detect.js";
import type { AnyRecord } from "../support/any-record.js";
import { normalizeRecords } from "../support/comparable.js";
import { inspectCapture } from "../support/inspect-capture.js";
import { readPcapPackets } from "../support/pcap-packets.js";
import { readPacketText } from "../support/read-capture.js";

const SAMPLES = "fixtures/samples/cap";
const RECORDED = "fixtures/captures";
const fromJson = (bytes: Uint8Array) => inspectCapture(bytes, undefined, null, "packets");
const frames = (records: readonly AnyRecord[]) => records.filter(({ type }) => type === "frame");

for (const name of ["tshark-T-json.json", "tshark-T-ek.ndjson", "tshark-T-json-e.json", "tshark-T-ek-e.ndjson"]) {
  test(`${name} gives the records of ws-lo.pcap`, () => {
    const { records, notes, fault } = fromJson(readFileSync(join(RECORDED, name)));
    assert.deepEqual([notes, fault], [[], null]);
    const expected = inspectCapture(readFileSync(join(SAMPLES, "ws-lo.pcap"))).records;
    assert.deepEqual(normalizeRecords(records, true), normalizeRecords(expected, true));
  });
}

test("tshark-T-json-no-duplicate-keys-cooked1.json has the frames and the handshake of ws-any-sll1.pcap", () => {
  const { records } = fromJson(readFileSync(join(RECORDED, "tshark-T-json-no-duplicate-keys-cooked1.json")));
  const expected = inspectCapture(readFileSync(join(SAMPLES, "ws-any-sll1.pcap"))).records;
  assert.deepEqual(normalizeRecords(frames(records), true), normalizeRecords(frames(expected), true));
  assert.equal(records[0]?.type, "handshake");
});

/** Frames of the conversation, where no more than these packets were asked for. */
for (const [name, pcap, linkType, timed] of [
  ["tshark-T-json-x.json", "ws-lo.pcap", 1, true],
  ["tshark-T-jsonraw.json", "ws-lo.pcap", 1, false],
  ["tshark-T-ek-x-cooked2.ndjson", "ws-any-sll2.pcap", 276, true],
] as const) {
  test(`${name} has whole packets, which are those of ${pcap}`, () => {
    const bytes = readFileSync(join(RECORDED, name));
    const all = readPcapPackets(join(SAMPLES, pcap));
    const { packets, said } = readPacketText([bytes]);
    assert.deepEqual(said, []);
    assert.equal(packets.length, 4);
    packets.forEach((packet, index) => {
      const number = [8, 9, 11, 12][index] as number;
      const { bytes: expected, time, originalLength } = all[number - 1]!;
      assert.equal(Buffer.compare(packet.bytes, expected), 0);
      assert.equal(packet.linkType, linkType);
      assert.equal(packet.originalLength, originalLength);
      // jsonraw has neither times nor numbers.
      assert.deepEqual(
        packet.at,
        timed ? { time, digits: 9, packet: number } : { time: null, digits: 0, packet: index + 1 },
      );
    });
    const found = frames(fromJson(bytes).records).map(({ sender, opcodeName }) => `${sender} ${opcodeName}`);
    assert.deepEqual(found, ["client text", "server text", "client close", "server close"]);
  });
}

test("input truncated inside a packet is read up to its last complete packet", () => {
  for (const name of ["tshark-T-json.json", "tshark-T-ek.ndjson"]) {
    const bytes = readFileSync(join(RECORDED, name));
    const cut = bytes.subarray(0, bytes.length - 500);
    const { packets, said } = readPacketText([cut]);
    assert.equal(packets.length, 15);
    assert.deepEqual(said, ["the input ends inside a packet: packet 16 skipped"]);
  }
});

/** A packet as `-T json` writes one, of a connection on two addresses. */
function packet(ip: Record<string, string>, tcp: Record<string, unknown>): string {
  const named = Object.entries(tcp).map(([name, value]) => [`tcp.${name}`, value]);
  return JSON.stringify({ _source: { layers: { frame: {}, ip, tcp: Object.fromEntries(named) } } });
}

const V6 = { "ipv6.src": "::1", "ipv6.dst": "fe80::a:b" };
const TCP = { srcport: "1", dstport: "9001", seq: "1", ack: "1", flags: "0x0018" };

test("IPv6 and relative sequence numbers are enough; a payload without its bytes is a gap", () => {
  const text = [
    packet({}, { ...TCP, len: "7", payload: "81:05:48:65:6c:6c:6f" }).replace(
      '"ip":{}',
      `"ipv6":${JSON.stringify(V6)}`,
    ),
    packet({}, { ...TCP, seq: "8", len: "2" }).replace('"ip":{}', `"ipv6":${JSON.stringify(V6)}`),
    packet({}, { srcport: "1", payload: "8100" }),
  ].join(",\n");
  const { packets, said } = readPacketText([Buffer.from(`[${text}]`)]);
  assert.deepEqual(said, ["1 packet skipped: some of their TCP fields are missing"]);
  assert.deepEqual(
    packets.map(({ linkType, bytes }) => [linkType, bytes.length, bytes[5]]),
    [
      [101, 67, 27],
      [101, 60, 22],
    ],
  );
  assert.equal(
    Buffer.from(packets[0]?.bytes.subarray(8, 40) ?? [])
      .toString("hex")
      .replace(/0+/g, "0"),
    "01fe80a0b",
  );
});

test("of nested protocols the inner one is used, whether tshark repeats the key or writes a list", () => {
  const outer = '"ip":{"ip.src":"9.9.9.9","ip.dst":"8.8.8.8"}';
  const inner = '"ip":{"ip.src":"10.0.0.1","ip.dst":"10.0.0.2"}';
  const tcp = { ...TCP, len: "2", payload: "81:00" };
  const repeated = packet({}, tcp).replace('"ip":{}', `${outer},${inner}`);
  const listed = packet({}, tcp).replace('"ip":{}', `"ip":[${outer.slice(5)},${inner.slice(5)}]`);
  for (const text of [repeated, listed]) {
    const { packets } = readPacketText([Buffer.from(text)]);
    assert.equal(Buffer.from(packets[0]?.bytes.subarray(12, 20) ?? []).toString("hex"), "0a0000010a000002");
  }
});

test("missing payloads are an error, and packets of other protocols are skipped", () => {
  const { fault } = fromJson(Buffer.from(packet({ "ip.src": "1.2.3.4", "ip.dst": "1.2.3.5" }, { ...TCP, len: "7" })));
  assert.match(fault?.message ?? "", /neither frame_raw nor tcp\.payload/);
  const filtered = Buffer.from('{"layers":{"frame":{"filtered":"frame"},"tcp":{"filtered":"tcp"}}}');
  assert.match(fromJson(filtered).fault?.message ?? "", /neither frame_raw nor all of TCP's fields/);
  const udp = Buffer.from('{"layers":{"frame":{},"udp":{"udp.length":"12"}}}');
  assert.deepEqual(readPacketText([udp]), { packets: [], said: [] });
});

test("addresses in every notation", () => {
  for (const [text, hex] of [
    ["127.0.0.1", "7f000001"],
    ["::", "0".repeat(32)],
    ["::1", `${"0".repeat(31)}1`],
    ["fe80::1:2", "fe800000000000000000000000010002"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["::ffff:1.2.3.4", "00000000000000000000ffff01020304"],
    ["256.0.0.1", null],
    ["1.2.3", null],
    ["1:2", null],
    ["1::2::3", null],
    ["::12345", null],
    ["1:2:3:4:5:6:7:8:9", null],
    ["host", null],
    [":".repeat(50), null],
  ] as const) {
    const bytes = parseIpAddress(text);
    assert.equal(bytes === null ? null : Buffer.from(bytes).toString("hex"), hex, text);
  }
});

test("packets without their bytes are recognised by their first lines", () => {
  for (const text of [
    "8,818537fa213d7f9f4d5158\n9,810548656c6c6f\n",
    '"8"\t"818537fa213d7f9f4d5158"\n"9"\t""\n',
    "\t1\n818537fa213d7f9f4d5158\t2\n",
    "2026-11-20 17:01:42.985292 lo    In  IP6 ::1.1 > ::1.2: Flags [P.], seq 1:2\n",
    "17:01:42.985292 00:00:00:00:00:00 > 00:00:00:00:00:00, ethertype IPv4 (0x0800), length 74: x\n",
    "17:01:42.985292 IP (tos 0x0, ttl 64, id 1)\n    127.0.0.1.1 > 127.0.0.1.2: Flags [S]\n",
    "Frame 1: 74 bytes on wire (592 bits), 74 bytes captured (592 bits)\nEthernet II\n",
    "<psml version='0'>\n",
  ]) {
    assert.equal(probePackets(createSample(Buffer.from(text)))?.fit, "sure", text);
    assert.throws(() => readPacketText([Buffer.from(text)]), /this is tshark|this is tcpdump|these are columns/, text);
  }
});

test("columns and lists of bytes are not detected as captures", () => {
  for (const text of [
    "81\t05\t48\n",
    "129\t5\t72\n1\t2\t3\n",
    "8105\t4865\n",
    "0x7ffe1000:\t0x81\t0x05\n",
    "0x7ffe1000:\t-127\t5\n",
    "[129, 5]",
    '{"type":"Buffer","data":[129,5]}',
    "1\tb'\\x81\\x00'\n",
    "129,5,72\n1,2,3\n",
    "0x81,5,0x48\n",
    "129,133,818537",
    "818537fa213d7f9f4d5158,810548656c6c6f",
    "<p>",
    "818537fa213d7f9f4d5158\n\n810548656c6c6f\n",
  ]) {
    assert.equal(probePackets(createSample(Buffer.from(text))), null, text);
  }
});

for (const [what, text] of [
  ["braces", (size: number) => `{"layers":${'{"a":'.repeat(size / 5)}`],
  ["objects", (size: number) => `[{"layers":{}},${"{},".repeat(size / 3)}]`],
  ["brackets", (size: number) => `{"layers":{"frame":${"[".repeat(size)}${"]".repeat(size)}}}`],
  ["an open string", (size: number) => `{"layers": {"${"\\\\".repeat(size / 2)}`],
  ["blanks", (size: number) => `[${" ".repeat(size)}{"layers":{}}`],
  ["tabs", (size: number) => `1${"\t1".repeat(size / 2)}\tx`],
  ["lines of columns", (size: number) => "1\ta\n".repeat(size / 4)],
  ["a long line of tcpdump", (size: number) => `IP ${"a > ".repeat(size / 4)}`],
  ["a list's line", (size: number) => `1 ${"a ".repeat(size / 2)}`],
  ["angles", (size: number) => "<p".repeat(size / 2)],
] as const) {
  test(`${what} a hundred thousand times are read in time`, { timeout: 20_000 }, () => {
    const bytes = Buffer.from(text(300_000));
    probePackets(createSample(bytes));
    fromJson(bytes);
    inspectCapture(bytes, [1000], null, "packets");
  });
}
