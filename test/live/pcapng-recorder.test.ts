import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CAPTURE_FORMATS } from "../../src/input/capture/capture-formats.js";
import { PcapngRecorder } from "../../src/live/pcapng-recorder.js";
import type { Side, TransportEnd } from "../../src/protocol/traffic.js";
import { readPcapngPackets } from "../support/pcapng-file.js";
import { fuzzRuns } from "../support/runs.js";

/** The bytes of both sides in order, and their addresses. */
interface Talk {
  readonly endpoints: readonly [string, string];
  readonly said: readonly (readonly [side: Side, bytes: Uint8Array])[];
  readonly ended: TransportEnd;
}

const START = 1_795_194_102_123_456_000n;

/** A recording of simultaneous connections. */
function recorded(talks: readonly Talk[]): Buffer {
  const written: Buffer[] = [];
  const recorder = new PcapngRecorder((bytes) => written.push(Buffer.from(bytes)));
  const taps = talks.map(({ endpoints }) => recorder.connection({ endpoints, isOpenerKnown: true }));
  let time = START;
  for (let turn = 0; turn < Math.max(...talks.map(({ said }) => said.length)); turn++) {
    for (const [i, { said }] of talks.entries()) {
      const [side, bytes] = said[turn] ?? [];
      if (side === undefined || bytes === undefined) continue;
      time += 1000n;
      taps[i]!.data(side, bytes, { time, digits: 6, packet: null });
    }
  }
  for (const [i, { ended }] of talks.entries()) taps[i]!.end(ended);
  return Buffer.concat(written);
}

/** The connections that the capture reader finds in a file. */
function read(file: Uint8Array): { endpoints: unknown; sides: [string, string]; times: bigint[]; ended: unknown }[] {
  const connections: ReturnType<typeof read> = [];
  const reader = CAPTURE_FORMATS.find(({ name }) => name === "pcap")!.open({
    note: (line) => assert.fail(line),
    connection({ endpoints, isOpenerKnown }) {
      assert.equal(isOpenerKnown, true);
      const seen: ReturnType<typeof read>[number] = { endpoints, sides: ["", ""], times: [], ended: null };
      connections.push(seen);
      return {
        data(side, bytes, at) {
          seen.sides[side] += Buffer.from(bytes).toString("hex");
          seen.times.push(at.time!);
        },
        gap: () => assert.fail("a gap"),
        message: () => assert.fail("a message"),
        end: (transport) => {
          seen.ended = transport;
        },
      };
    },
  });
  reader.push(file);
  reader.end();
  return connections;
}

const bySide = (said: Talk["said"], side: Side): string =>
  Buffer.concat(said.filter(([from]) => from === side).map(([, bytes]) => bytes)).toString("hex");

const ENDPOINTS: readonly Talk["endpoints"][] = [
  ["127.0.0.1:38648", "127.0.0.1:9001"],
  ["[::1]:38648", "[::1]:9001"],
  ["[2001:db8::8:800:200c:417a]:1", "[fe80::1%eth0]:65535"],
];

const side = fc.constantFrom<Side>(0, 1);
const said = fc.array(fc.tuple(side, fc.uint8Array({ minLength: 1, maxLength: 300 })), { minLength: 1, maxLength: 12 });
const ended: fc.Arbitrary<TransportEnd> = fc
  .tuple(fc.constantFrom("closed" as const, "reset" as const), side)
  .map(([kind, by]) => ({ kind, by }));

test("a recording of several connections is read back, byte for byte, with its times", () => {
  const talks = fc.tuple(
    ...ENDPOINTS.map((endpoints) => fc.record({ endpoints: fc.constant(endpoints), said, ended })),
  );
  fc.assert(
    fc.property(talks, (all) => {
      const file = recorded(all);
      for (const { hasValidChecksums } of readPcapngPackets(file)) assert.ok(hasValidChecksums);
      const connections = read(file);
      assert.equal(connections.length, all.length);
      for (const [i, talk] of all.entries()) {
        const seen = connections[i]!;
        assert.deepEqual(seen.sides, [bySide(talk.said, 0), bySide(talk.said, 1)]);
        assert.deepEqual(seen.ended, talk.ended);
        assert.deepEqual(seen.times, seen.times.toSorted());
        assert.equal(seen.times.length, talk.said.length);
      }
    }),
    fuzzRuns(100),
  );
});

test("IPv4, IPv6 and mixed addresses are those of the connection", () => {
  const written = (endpoints: Talk["endpoints"]): unknown =>
    read(recorded([{ endpoints, said: [[0, Uint8Array.of(1)]], ended: { kind: "closed", by: 0 } }]))[0]!.endpoints;
  assert.deepEqual(written(["127.0.0.1:38648", "10.1.2.3:80"]), ["127.0.0.1:38648", "10.1.2.3:80"]);
  assert.deepEqual(written(["[::1]:38648", "[2001:db8::1]:443"]), ["[::1]:38648", "[2001:db8::1]:443"]);
  assert.deepEqual(written(["127.0.0.1:38648", "[::1]:443"]), ["127.0.0.1:38648", "[::1]:443"]);
});

test("data larger than a packet is split into several packets", () => {
  for (const endpoints of ENDPOINTS) {
    const bytes = Uint8Array.from({ length: 200_001 }, (_, i) => i * 7);
    const file = recorded([{ endpoints, said: [[1, bytes]], ended: { kind: "closed", by: 1 } }]);
    const carrying = readPcapngPackets(file).filter(({ payload }) => payload.length > 0);
    assert.ok(carrying.length >= 4);
    assert.ok(carrying.every(({ hasValidChecksums }) => hasValidChecksums));
    assert.ok(carrying.every(({ time }) => time === (START + 1000n) / 1000n));
    assert.ok(Buffer.concat(carrying.map(({ payload }) => payload)).equals(bytes));
    assert.ok(read(file)[0]!.sides[1] === Buffer.from(bytes).toString("hex"));
  }
});

test("a connection opens, is closed by either side, is reset, or stays open, with the correct TCP flags", () => {
  const flagsOf = (how: TransportEnd): string[] =>
    readPcapngPackets(recorded([{ endpoints: ENDPOINTS[0]!, said: [[0, Uint8Array.of(1)]], ended: how }])).map(
      ({ flags: { syn, fin, rst }, payload }) =>
        syn ? "SYN" : fin ? "FIN" : rst ? "RST" : payload.length > 0 ? "data" : "ACK",
    );
  const opened = ["SYN", "SYN", "ACK", "data"];
  assert.deepEqual(flagsOf({ kind: "closed", by: 0 }), [...opened, "FIN", "FIN", "ACK"]);
  assert.deepEqual(flagsOf({ kind: "reset", by: 1 }), [...opened, "RST", "RST"]);
  assert.deepEqual(flagsOf({ kind: "open" }), opened);
});

test("every segment has correct sequence and acknowledgement numbers", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const file = recorded([
    {
      endpoints: ENDPOINTS[0]!,
      said: [
        [0, bytes],
        [1, bytes],
        [0, bytes],
      ],
      ended: { kind: "closed", by: 0 },
    },
  ]);
  const numbers = readPcapngPackets(file).map(({ sequence, acknowledges }) => [sequence, acknowledges]);
  const handshake = [
    [0, 0],
    [0, 1],
    [1, 1],
  ];
  const data = [
    [1, 1],
    [1, 4],
    [4, 4],
  ];
  const closing = [
    [7, 4],
    [4, 8],
    [8, 5],
  ];
  assert.deepEqual(numbers, [...handshake, ...data, ...closing]);
});
