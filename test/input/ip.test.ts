/** What is taken out of IP packets: headers before the segment, parts of packets, padding behind them, link layers around them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IpReader } from "../../src/input/capture/net/ip.js";
import { buildPacket, buildPcapFile } from "../support/packets.js";
import { readPcapStreams } from "../support/read-capture.js";

const DATA = "It is a long way to the other end of the wire, and back again.";
/** The client's segment with the data, as an IPv4 packet, and the segment alone. */
const PACKET = buildPacket({ from: "client", at: 0, data: DATA });
const SEGMENT = PACKET.subarray(20);

/** The streams in some packets: `side bytes` of each. */
function streams(packets: readonly Uint8Array[], linkType?: number): string[][] {
  const file = buildPcapFile(
    packets.map((bytes) => ({ bytes })),
    linkType,
  );
  return readPcapStreams([file]).connections.map(({ sent }) =>
    sent.map((what) => `${what.slice(0, 2)}${/gap/.test(what) ? what.slice(2) : Buffer.from(what.slice(2), "hex")}`),
  );
}

const WHOLE = [[`0 ${DATA}`]];

/** A part of the packet, from a byte of its segment on, with the number that all of its parts have. */
function part(from: number, to: number, number = 7, payload: Uint8Array = SEGMENT): Buffer {
  const bytes = Buffer.concat([PACKET.subarray(0, 20), payload.subarray(from, to)]);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt16BE(number, 4);
  bytes.writeUInt16BE((from / 8) | (to < payload.length ? 0x2000 : 0), 6);
  return bytes;
}

const PARTS = [part(0, 24), part(24, 48), part(48, SEGMENT.length)];

test("IPv4: fragments are reassembled in any order, but only if all are there", () => {
  for (const order of ["012", "021", "102", "120", "201", "210", "00122", "2101"])
    assert.deepEqual(streams([...order].map((i) => PARTS[Number(i)] as Buffer)), WHOLE, order);
  for (const order of ["01", "02", "12", "0", "1", "2"])
    assert.deepEqual(streams([...order].map((i) => PARTS[Number(i)] as Buffer)), [], order);
});

test("IPv4: fragments are grouped by their number, and of overlapping ones the first is used", () => {
  const other = Buffer.from(SEGMENT);
  other.write("another text", 24);
  other.writeUInt16BE(40_001, 0);
  const mixed = [part(0, 24), part(0, 24, 8, other), part(24, 200), part(24, 200, 8, other)];
  assert.deepEqual(streams(mixed), [[`0 ${DATA}`], [`0 ${other.subarray(20)}`]]);
  const overlap = [part(0, 48), part(24, 48, 7, Buffer.alloc(200, 0x2d)), part(48, SEGMENT.length)];
  assert.deepEqual(streams(overlap), WHOLE);
  assert.notDeepEqual(streams([overlap[1] as Buffer, PARTS[0] as Buffer, PARTS[2] as Buffer]), WHOLE);
});

test("IPv4: padding is not part of a packet, and a length of 0 means all captured bytes", () => {
  assert.deepEqual(streams([Buffer.concat([PACKET, Buffer.from("pads")])]), WHOLE);
  const offloaded = Buffer.from(PACKET);
  offloaded.writeUInt16BE(0, 2);
  assert.deepEqual(streams([offloaded]), WHOLE);
  const longer = Buffer.concat([PACKET.subarray(0, 20), Buffer.alloc(8, 1), SEGMENT]);
  longer[0] = 0x47;
  longer.writeUInt16BE(longer.length, 2);
  assert.deepEqual(streams([longer]), WHOLE, "with options");
});

test("IPv4: protocols other than TCP are skipped", () => {
  for (const protocol of [1, 17, 47, 132]) {
    const packet = Buffer.from(PACKET);
    packet[9] = protocol;
    assert.deepEqual(streams([packet]), [], String(protocol));
  }
});

/** The segment as an IPv6 packet, with the headers before it: of each its type and what it holds behind the next one's type. */
function version6(headers: readonly (readonly [type: number, rest: readonly number[]])[], payload = SEGMENT): Buffer {
  const types = [...headers.map(([type]) => type), 6];
  const chain = headers.map(([, rest], i) => Buffer.from([types[i + 1] as number, ...rest]));
  const body = Buffer.concat([...chain, payload]);
  const head = Buffer.alloc(40);
  head[0] = 0x60;
  head.writeUInt16BE(body.length, 4);
  head[6] = types[0] as number;
  head[7] = 64;
  head.set([0x20, 0x01, 0x0d, 0xb8], 8);
  head[23] = 1;
  head[39] = 1;
  return Buffer.concat([head, body]);
}

test("IPv6: the segment follows the extension headers", () => {
  const options: [number, number[]] = [0, [1, ...Array(14).fill(0)]];
  const routing: [number, number[]] = [43, [0, ...Array(6).fill(0)]];
  const authentication: [number, number[]] = [51, [4, ...Array(22).fill(0)]];
  const destination: [number, number[]] = [60, [0, ...Array(6).fill(0)]];
  for (const headers of [[], [options], [options, destination, routing, authentication], [authentication]])
    assert.deepEqual(streams([version6(headers)]), WHOLE, String(headers.map(([type]) => type)));
  assert.deepEqual(streams([version6([[50, [4, ...Array(22).fill(0)]]])]), [], "encrypted");
  assert.deepEqual(streams([version6(Array(20).fill(destination))]), [], "a chain without end");
});

test("IPv6: padding is not part of a packet, and a length of 0 means all captured bytes", () => {
  assert.deepEqual(streams([Buffer.concat([version6([]), Buffer.from("pads")])]), WHOLE);
  const jumbo = version6([]);
  jumbo.writeUInt16BE(0, 4);
  assert.deepEqual(streams([jumbo]), WHOLE);
});

test("IPv6: fragments are reassembled", () => {
  const fragment = (from: number, to: number, number = 7): Buffer => {
    const more = to < SEGMENT.length ? 1 : 0;
    return version6([[44, [0, from >> 8, (from & 0xf8) | more, 0, 0, 0, number]]], SEGMENT.subarray(from, to));
  };
  const parts = [fragment(0, 24), fragment(24, 48), fragment(48, SEGMENT.length)] as [Buffer, Buffer, Buffer];
  for (const order of [parts, [...parts].reverse(), [parts[0], fragment(0, 24, 8), ...parts.slice(1)]])
    assert.deepEqual(streams(order), WHOLE);
  assert.deepEqual(streams([parts[0], parts[2]]), []);
  assert.deepEqual(streams([parts[0], fragment(24, 48, 8), parts[2]]), []);
  assert.deepEqual(streams([fragment(0, SEGMENT.length)]), WHOLE, "all of it in one part");
  // Of another protocol, whose first part said so.
  const foreign = [parts[1], parts[2], parts[0]].map((packet) => Buffer.from(packet));
  for (const packet of foreign) packet[40] = 17;
  assert.deepEqual(streams(foreign), []);
});

test("IPv6: fragments may start with extension headers of the original packet", () => {
  const destination = Buffer.from([6, 0, ...Array(6).fill(0)]);
  const payload = Buffer.concat([destination, SEGMENT]);
  const fragment = (from: number, to: number): Buffer => {
    const more = to < payload.length ? 1 : 0;
    const packet = version6([[44, [0, from >> 8, (from & 0xf8) | more, 0, 0, 0, 7]]], payload.subarray(from, to));
    packet[40] = 60;
    return packet;
  };
  assert.deepEqual(streams([fragment(0, 16), fragment(16, 48), fragment(48, payload.length)]), WHOLE);
  assert.deepEqual(streams([fragment(0, payload.length)]), WHOLE);
});

test("fragments that are a minute late belong to another packet with the same number", () => {
  const reader = new IpReader();
  const minute = 60_000_000_000n;
  const [first, ...rest] = PARTS as [Buffer, Buffer, Buffer];
  const stale = part(0, 24, 7, Buffer.alloc(200, 0x2d));
  for (const packet of [stale, rest[0]]) assert.equal(reader.findTcpSegment(packet, 1n), null);
  for (const packet of [rest[0], first]) assert.equal(reader.findTcpSegment(packet, 2n + minute), null);
  assert.deepEqual(Buffer.from(reader.findTcpSegment(rest[1], 3n + minute)?.bytes ?? []), SEGMENT);
});

test("the cost of repeated fragments is proportional to their length", () => {
  const reader = new IpReader();
  const [first, ...rest] = PARTS as [Buffer, Buffer, Buffer];
  // Each looked at with all before it, they would take minutes.
  for (let i = 0; i < 40_000; i++) assert.equal(reader.findTcpSegment(rest[0]), null);
  assert.equal(reader.findTcpSegment(first), null);
  assert.deepEqual(Buffer.from(reader.findTcpSegment(rest[1])?.bytes ?? []), SEGMENT);
});

test("IPv6: addresses are formatted in the usual way", () => {
  const named = (address: string): string | undefined => {
    const packet = version6([]);
    packet.set(Buffer.from(address, "hex"), 8);
    return readPcapStreams([buildPcapFile([{ bytes: packet }])]).connections[0]?.start.endpoints?.[0];
  };
  for (const [hex, text] of [
    ["20010db8000000000000000000000001", "2001:db8::1"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["20010db8000100020003000400050006", "2001:db8:1:2:3:4:5:6"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010000000000010000000000000001", "2001:0:0:1::1"],
    ["fe80000000000000000000000000a000", "fe80::a000"],
    ["20010db8000100020003000400000000", "2001:db8:1:2:3:4::"],
  ] as const)
    assert.equal(named(hex), `[${text}]:40000`);
  assert.equal(named("00000000000000000000ffff7f000001"), "127.0.0.1:40000");
});

const ETHERNET = Buffer.alloc(12, 2);
const type = (...words: number[]): Buffer => Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));

for (const [name, linkType, before] of [
  ["Ethernet", 1, [ETHERNET, type(0x0800)]],
  ["Ethernet with a tag", 1, [ETHERNET, type(0x8100, 5, 0x0800)]],
  ["Ethernet with two tags", 1, [ETHERNET, type(0x88a8, 5, 0x8100, 6, 0x0800)]],
  ["Ethernet with two tags of the old kind", 1, [ETHERNET, type(0x9100, 5, 0x8100, 6, 0x0800)]],
  ["Ethernet with PPPoE", 1, [ETHERNET, type(0x8864, 0x1100, 1, PACKET.length + 2, 0x0021)]],
  ["Ethernet with a tag and PPPoE", 1, [ETHERNET, type(0x8100, 5, 0x8864, 0x1100, 1, PACKET.length + 2, 0x0021)]],
  ["Ethernet with an MPLS label", 1, [ETHERNET, type(0x8847, 1, 0x01ff)]],
  ["Ethernet with three MPLS labels", 1, [ETHERNET, type(0x8847, 1, 0x00ff, 2, 0x00ff, 3, 0x01ff)]],
  ["Linux cooked", 113, [type(0, 1, 6, 0, 0, 0, 0, 0x0800)]],
  ["Linux cooked with a tag", 113, [type(0, 1, 6, 0, 0, 0, 0, 0x8100, 5, 0x0800)]],
  ["Linux cooked 2", 276, [type(0x0800), Buffer.alloc(18)]],
  ["Linux cooked 2 with a tag", 276, [type(0x8100), Buffer.alloc(18), type(5, 0x0800)]],
  ["loopback", 0, [Buffer.from([2, 0, 0, 0])]],
  ["OpenBSD's loopback", 108, [Buffer.from([0, 0, 0, 2])]],
  ...[12, 14, 101, 228].map((linkType) => [`raw IP, ${linkType}`, linkType, []] as const),
] as const) {
  test(`${name}: the packet is found`, () => {
    assert.deepEqual(streams([Buffer.concat([...before, PACKET])], linkType), WHOLE);
  });
}

/** A packet of version 4 with another payload. */
function version4(protocol: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.concat([PACKET.subarray(0, 20), payload]);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes[9] = protocol;
  return bytes;
}

test("IPv4: an Authentication Header is skipped, and tunnelled packets are read", () => {
  const authentication = Buffer.concat([Buffer.from([6, 4]), Buffer.alloc(22)]);
  assert.deepEqual(streams([version4(51, Buffer.concat([authentication, SEGMENT]))]), WHOLE);
  assert.deepEqual(streams([version4(4, PACKET)]), WHOLE, "IPv4 in IPv4");
  assert.deepEqual(streams([version4(41, version6([]))]), WHOLE, "IPv6 in IPv4");
  const inVersion6 = version6([], PACKET);
  inVersion6[6] = 4;
  assert.deepEqual(streams([inVersion6]), WHOLE, "IPv4 in IPv6");
  const outer = version4(4, PACKET).subarray(20);
  assert.deepEqual(
    streams([part(0, 40, 9, outer), part(40, outer.length, 9, outer)].map((one) => version4Of(one, 4))),
    WHOLE,
  );
  assert.deepEqual(streams([version4(17, SEGMENT)]), [], "UDP");
  // A tunnel in a tunnel without end leads nowhere.
  let deep = PACKET;
  for (let i = 0; i < 100; i++) deep = version4(4, deep);
  assert.deepEqual(streams([deep]), []);
});

function version4Of(packet: Buffer, protocol: number): Buffer {
  packet[9] = protocol;
  return packet;
}

test("packets without IP are skipped, and an unknown link type is reported once", () => {
  const arp = Buffer.concat([ETHERNET, type(0x0806), PACKET]);
  assert.deepEqual(streams([arp], 1), []);
  assert.deepEqual(streams([Buffer.concat([type(0x0806), Buffer.alloc(18), PACKET])], 276), []);
  assert.deepEqual(streams([version6([])], 229), WHOLE);
  const { connections, notes } = readPcapStreams([buildPcapFile([{ bytes: PACKET }, { bytes: PACKET }], 105)]);
  assert.deepEqual(
    [connections, notes],
    [[], ["packets of link type 105 skipped: only Ethernet, Linux cooked, raw IP and loopback can be read"]],
  );
});
