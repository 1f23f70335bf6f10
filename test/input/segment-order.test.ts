/** What the segments of a TCP connection become, before anyone asks what the connection is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { splitBytes } from "../support/bytes.js";
import { buildPacket, buildPcapFile, buildSegmentPcap, type TestSegment } from "../support/packets.js";
import { type CapturedConnection, readPcapStreams } from "../support/read-capture.js";

const SYNS: readonly TestSegment[] = [
  { from: "client", at: 0, flags: "syn", ack: null },
  { from: "server", at: 0, flags: "syn" },
];
const ENDS = ["10.0.0.1:40000", "10.0.0.2:8080"];

const server = (at: number, data: string): TestSegment => ({ from: "server", at, data });
const client = (at: number, data: string, ack = 0): TestSegment => ({ from: "client", at, data, ack });
/** Segments of the client without data, which acknowledge the server's bytes. */
const acks = (ack: number, count = 1): TestSegment[] => Array.from({ length: count }, () => client(0, "", ack));

function streams(segments: readonly TestSegment[]): readonly CapturedConnection[] {
  const { connections } = readPcapStreams([buildSegmentPcap(segments)]);
  for (const { isEnded } of connections) assert.ok(isEnded);
  return connections;
}

/** What each side sent, its bytes as text, with `…` and a number for those that are missing. */
function said(segments: readonly TestSegment[]): string[][] {
  return streams(segments).map(({ sent }) =>
    sent.map((what) => {
      const [side, ...rest] = what.split(" ");
      const [hex = ""] = rest;
      return `${side} ${rest.length === 2 ? `…${rest[1]}` : Buffer.from(hex, "hex")}`;
    }),
  );
}

test("a SYN, or the answer to one, shows who opened a connection", () => {
  for (const [segments, isOpenerKnown] of [
    [[...SYNS, server(0, "a")], true],
    [[SYNS[1] as TestSegment, server(0, "a")], true],
    [[client(0, "b"), server(0, "a")], false],
  ] as const) {
    const [connection] = streams(segments);
    assert.deepEqual(connection?.start, { endpoints: ENDS, isOpenerKnown });
    assert.ok(connection.sent.at(-1)?.startsWith("1 "));
  }
  const [turned] = streams([server(0, "a"), client(0, "b")]);
  assert.deepEqual(turned?.start, { endpoints: [...ENDS].reverse(), isOpenerKnown: false });
});

test("without a SYN, the acknowledgements of the other side show where its first bytes belong", () => {
  const late = [client(0, "q"), client(1, "next", 4), server(2, "cd"), server(0, "ab")];
  assert.deepEqual(said(late), [["0 q", "1 ab", "1 cd", "0 next"]]);
  const swapped = [client(0, "q"), ...acks(0, 6), server(2, "cd"), ...acks(0, 6), server(0, "ab"), server(4, "ef")];
  assert.deepEqual(said(swapped), [["0 q", "1 ab", "1 cd", "1 ef"]]);
  const lost = [client(0, "q"), server(2, "cd"), ...acks(4, 20), client(1, "next", 4)];
  assert.deepEqual(said(lost), [["0 q", "1 cd", "0 next"]]);
});

test("a packet without data opens no connection, unless it is a SYN", () => {
  assert.deepEqual(streams([...acks(5, 3), { from: "server", at: 0, flags: "fin" }]), []);
  assert.equal(streams(SYNS).length, 1);
});

test("a repeated SYN belongs to the same connection, one with another number does not", () => {
  assert.deepEqual(said([...SYNS, server(0, "one"), SYNS[0] as TestSegment, server(3, "two")]), [["1 one", "1 two"]]);
  const again: TestSegment = { ...(SYNS[0] as TestSegment), at: 5000 };
  assert.equal(streams([...SYNS, server(0, "one"), again, client(5000, "x")]).length, 2);
});

const reset = (at: number): TestSegment => ({ from: "client", at, flags: "rst" });
const ends = (segments: readonly TestSegment[]): (string | undefined)[] =>
  streams(segments).map(({ end }) => end?.kind);

test("a reset ends a connection after the packets in flight; a reset that the other side would ignore does not", () => {
  const start = [...SYNS, client(0, "q"), server(0, "a")];
  const ended = [...start, reset(1), server(1, "in flight")];
  assert.deepEqual(said(ended), [["0 q", "1 a", "1 in flight"]]);
  assert.deepEqual(ends(ended), ["reset"]);
  for (const at of [0, 0x20_0000, 5000]) {
    // The client goes on behind a reset that was not its own.
    const goingOn = [...start, reset(at), server(1, "b"), client(1, "x".repeat(5100)), server(2, "c")];
    assert.deepEqual(said(goingOn)[0]?.at(-1), "1 c");
    assert.deepEqual(ends(goingOn), ["open"]);
  }
  // The reset overtook what its sender had sent before.
  assert.deepEqual(ends([...start, reset(2), client(1, "r")]), ["reset"]);
  const fin: TestSegment = { from: "server", at: 1, flags: "fin" };
  assert.deepEqual(ends([...start, reset(1), fin]), ["reset"]);
  assert.deepEqual(ends([...start, fin, reset(1)]), ["closed"]);
  assert.deepEqual(ends([...start, reset(5000), { ...fin, from: "client" }]), ["closed"]);
});

test("data more than a second after a reset is skipped and reported; reused ports end the wait", () => {
  const start = [...SYNS, client(0, "q"), server(0, "a"), reset(1)];
  const wait = acks(0, 1100).map((segment) => ({ ...segment, clientPort: 50_000 }));
  const late = [...start, ...wait, server(1, "late"), server(1, "late")];
  assert.deepEqual(said(late), [["0 q", "1 a"]]);
  assert.deepEqual(readPcapStreams([buildSegmentPcap(late)]).notes, [
    "4 bytes skipped: they came after the end of their connection",
  ]);
  assert.deepEqual(said([...start, ...start]), [
    ["0 q", "1 a"],
    ["0 q", "1 a"],
  ]);
});

test("a connection ends when both sides have sent everything, and not before", () => {
  const fins = (["client", "server"] as const).map((from): TestSegment => ({ from, at: 1, flags: "fin" }));
  const [first, second] = fins as [TestSegment, TestSegment];
  const all = [...SYNS, client(0, "q"), server(0, "a"), first];
  assert.deepEqual(said([...all, { ...second, data: "b" }, server(2, "late")]), [["0 q", "1 a", "1 b"]]);
  assert.deepEqual(said([...all, server(1, "b")]), [["0 q", "1 a", "1 b"]]);
});

test("bytes that were acknowledged but not captured are missing; a FIN that was not captured is not a byte", () => {
  const start = [...SYNS, server(0, "hello")];
  assert.deepEqual(said([...start, ...acks(5)]), [["1 hello"]]);
  assert.deepEqual(said([...start, ...acks(6)]), [["1 hello"]]);
  assert.deepEqual(said([...start, ...acks(106)]), [["1 hello", "1 …100"]]);
  assert.deepEqual(said([...start, ...acks(106), ...acks(5)]), [["1 hello", "1 …100"]], "an older acknowledgement");
  assert.deepEqual(said([...start, { from: "client", at: 0, flags: "rst", ack: 106 }]), [["1 hello"]], "a reset's");
});

test("a hole is skipped when the bytes behind it were acknowledged and some packets have passed", () => {
  const holed = [...SYNS, server(0, "aa"), server(4, "cc")];
  const filled = server(2, "bb");
  assert.deepEqual(said([...holed, ...acks(6, 20), client(0, "x", 6)]), [["1 aa", "1 …2", "1 cc", "0 x"]]);
  // Who sent x had all of it by then.
  assert.deepEqual(said([...holed, ...acks(6, 10), client(0, "x", 6), filled]), [["1 aa", "1 bb", "1 cc", "0 x"]]);
  assert.deepEqual(said([...holed, ...acks(2, 40), client(0, "x", 2), filled]), [["1 aa", "0 x", "1 bb", "1 cc"]]);
});

test("every hole waits for the same number of packets", () => {
  const two = [...SYNS, server(0, "aa"), server(4, "cc"), server(8, "ee")];
  const late = said([...two, ...acks(10, 20), server(6, "dd")]);
  assert.deepEqual(late, [["1 aa", "1 …2", "1 cc", "1 dd", "1 ee"]]);
  const never = said([...two, ...acks(10, 40), client(0, "x", 10)]);
  assert.deepEqual(never, [["1 aa", "1 …2", "1 cc", "1 …2", "1 ee", "0 x"]]);
});

test("a hole is skipped when more than 1 MiB waits behind it, acknowledged or not", () => {
  const block = "x".repeat(30_000);
  const waiting = Array.from({ length: 36 }, (_, i) => server(10 + i * block.length, block));
  const [lines = []] = said([...SYNS, server(0, "aa"), ...waiting, client(0, "q")]);
  assert.deepEqual([lines[1], lines.at(-1)], ["1 …8", "0 q"]);
  const little = said([...SYNS, server(0, "aa"), ...waiting.slice(0, 30), client(0, "q")]);
  assert.equal(little[0]?.[1], "0 q");
});

test("a hole is skipped when many pieces wait behind it, however small they are", () => {
  const waiting = Array.from({ length: 8193 }, (_, i) => server(10 + i, "x"));
  for (const pieces of [waiting, [...waiting].reverse(), waiting.map((segment) => ({ ...segment, snap: 40 }))]) {
    const [lines = []] = said([...SYNS, server(0, "aa"), ...pieces, client(0, "q")]);
    assert.deepEqual([lines[1], lines.at(-1)], ["1 …8", "0 q"]);
    const little = said([...SYNS, server(0, "aa"), ...pieces.slice(2), client(0, "q")]);
    assert.equal(little[0]?.[1], "0 q");
  }
});

test("pieces that were passed on no longer count as waiting", () => {
  const block = "x".repeat(30_000);
  const rounds = Array.from({ length: 40 }, (_, i) => [
    server((2 * i + 1) * block.length, block),
    server(2 * i * block.length, block),
  ]).flat();
  const end = 80 * block.length;
  const [lines = []] = said([...SYNS, ...rounds, server(end + 1, "b"), ...acks(0, 3), server(end, "a")]);
  assert.deepEqual(lines.slice(-2), ["1 a", "1 b"]);
  assert.ok(lines.every((line) => !line.includes("…")));
});

test("the byte of a keep-alive may differ from the one that it repeats; other differences are reported once", () => {
  const start = [...SYNS, server(0, "hello")];
  assert.deepEqual(readPcapStreams([buildSegmentPcap([...start, server(4, "\0")])]).notes, []);
  const { notes } = readPcapStreams([buildSegmentPcap([...start, server(3, "LO"), server(0, "HE")])]);
  assert.deepEqual(notes, ["retransmitted bytes differ from the first copy in packet 4: the first copy is used"]);
});

test("waiting bytes are kept when the caller reuses their memory", () => {
  const file = buildSegmentPcap([...SYNS, server(0, "a"), server(2, "c"), server(3, "d"), server(1, "b")]);
  // The last of these has each packet in a piece of its own.
  for (const sizes of [[file.length], [1], [60], [24, 56, 56, 57, 57, 57, 57]]) {
    const [connection] = readPcapStreams(splitBytes(file, sizes)).connections;
    assert.equal(connection?.sent.map((what) => what.slice(2)).join(""), "61626364");
  }
});

test("a segment with a truncated or invalid header is ignored", () => {
  const cut = buildPacket(server(1, "bb"));
  const short = buildPacket(server(3, "c"));
  short[32] = 0x40;
  const file = buildPcapFile([
    ...[...SYNS, server(0, "a")].map(buildPacket).map((bytes) => ({ bytes })),
    { bytes: cut, snap: 34 },
    { bytes: short },
  ]);
  assert.deepEqual(
    readPcapStreams([file]).connections.map(({ sent }) => sent),
    [["1 61"]],
  );
});

test("the answer to bytes behind a hole follows them when the hole is skipped", () => {
  const lost: readonly TestSegment[] = [
    ...SYNS,
    client(0, "ask"),
    server(0, "one"),
    server(6, "three"),
    client(3, "thanks", 11),
  ];
  const order = ["0 ask", "1 one", "1 …3", "1 three", "0 thanks"];
  // At the end of the capture, and when the client's bytes have waited long enough.
  assert.deepEqual(said(lost), [order]);
  const early = [
    ...lost.slice(0, 4),
    client(3, "thanks", 11),
    ...acks(11, 12),
    server(6, "three"),
    ...acks(11, 8),
    client(9, "!", 11),
  ];
  assert.deepEqual(said(early), [[...order, "0 !"]]);
});
