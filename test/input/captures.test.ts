import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import type { AnyRecord } from "../support/any-record.js";
import { cuts } from "../support/arbitrary-frames.js";
import { type InspectedCapture, inspectCapture } from "../support/inspect-capture.js";
import { fuzzCount, fuzzRuns } from "../support/runs.js";

const FOLDER = "fixtures/samples/cap";

const framesOf = ({ records }: InspectedCapture): AnyRecord[] => records.filter(({ type }) => type === "frame");
const short = ({ sender, opcodeName, payload, masked }: AnyRecord): string =>
  `${sender} ${opcodeName} ${payload} ${masked}`;
const read = (name: string): Buffer => {
  const bytes = readFileSync(`${FOLDER}/${name}`);
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
};

const PACKETS = readdirSync(FOLDER).filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name));

test("there are captures of every kind", () => assert.ok(PACKETS.length >= 17, PACKETS.join()));

for (const name of PACKETS) {
  test(`${name} has the recorded conversation`, () => {
    const found = inspectCapture(read(name));
    assert.equal(found.fault, null);
    const conversation = [
      "client text Hello true",
      "server text Hello false",
      "client close A+g= true",
      "server close A+g= false",
    ];
    const times = name.includes("2sections") ? 2 : 1;
    const frames = framesOf(found).map(short);
    assert.deepEqual(
      frames.sort(),
      Array.from({ length: times }, () => conversation)
        .flat()
        .sort(),
    );
    for (const record of framesOf(found)) assert.match(record.time, /^2026-11-20T\d\d:\d\d:\d\d\.\d{6,9}Z$/);
    const errors = found.records
      .flatMap(({ findings }) => findings)
      .filter(({ severity }: AnyRecord) => severity === "error");
    assert.deepEqual(
      [...new Set(errors.map(({ rule }: AnyRecord) => rule))],
      name.includes("snap96") ? ["stream-gap"] : [],
    );
    const handshakes = found.records.filter(({ type }) => type === "handshake");
    assert.equal(handshakes.length, name.includes("midstream") ? 0 : times);
  });

  test(`${name} reads the same in any pieces`, () => {
    const bytes = read(name);
    const { records } = inspectCapture(bytes);
    fc.assert(
      fc.property(cuts, (sizes) => assert.deepEqual(inspectCapture(bytes, sizes).records, records)),
      fuzzRuns(20, 0.001),
    );
  });
}

/** The packets of ws-lo that have a frame. */
const FRAME_PACKETS = [8, 9, 11, 12];

/** Where the header of a little-endian pcap ends, and each of its packets. */
function recordEnds(file: Buffer): number[] {
  const ends = [24];
  for (let at = 24; at < file.length; ends.push(at)) at += 16 + file.readUInt32LE(at + 8);
  return ends;
}

/** Where each block of a little-endian pcapng ends. */
function blockEnds(file: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < file.length; ends.push(at)) at += file.readUInt32LE(at + 4);
  return ends;
}

/** How many packets there are in so many parts of ws-lo's files: before them stand a header, or a section and its interface. */
function packetsIn(name: string, parts: number): number {
  return parts - (name.endsWith("ng") ? 2 : 1);
}

test("a capture truncated anywhere shows its complete packets and reports that it is truncated", () => {
  for (const name of ["ws-lo.pcap", "ws-lo.pcapng"]) {
    const bytes = read(name);
    const all = framesOf(inspectCapture(bytes)).map(short);
    const ends = name.endsWith("ng") ? blockEnds(bytes) : recordEnds(bytes);
    for (let length = 24; length < bytes.length; length += fuzzCount(7, 1)) {
      const { records, notes, fault } = inspectCapture(bytes.subarray(0, length));
      assert.equal(fault, null);
      const complete = records.filter(({ type, complete: whole }) => type === "frame" && whole).map(short);
      const whole = ends.filter((end) => end <= length).length;
      const shown = FRAME_PACKETS.filter((packet) => packet <= packetsIn(name, whole)).length;
      assert.deepEqual(complete, all.slice(0, shown), `${name} cut at ${length}`);
      const cut = notes.filter((line) => line.startsWith("the capture ends inside a "));
      assert.equal(cut.length, ends.includes(length) ? 0 : 1, `${name} cut at ${length}: ${notes}`);
      assert.ok(notes.length <= 2, notes.join());
    }
  }
});

test("damaged captures never crash: every problem is an error with a message, or a finding", () => {
  const originals = PACKETS.map(read);
  fc.assert(
    fc.property(
      fc.nat(originals.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 }),
      (which, changes) => {
        const bytes = Buffer.from(originals[which] as Buffer);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const { fault } = inspectCapture(bytes);
        if (fault !== null) assert.match(fault.message, /^[a-z0-9]/);
      },
    ),
    fuzzRuns(500, 0.1),
  );
});

/** Frames of the client and of the server, by connection, in what was recorded from real programs: as many as tshark counts. */
const RECORDED: Readonly<Record<string, readonly (readonly [client: number, server: number])[]>> = {
  "raw-python.pcap": [[13, 12]],
  "python-websockets.pcapng": [[20, 19]],
  "tornado-chat.pcap": [
    [9, 16],
    [6, 14],
  ],
  "gevent-group-chat.pcap": [
    [4, 12],
    [3, 7],
    [3, 6],
  ],
  "gevent-close-reason.pcap": [
    [4, 12],
    [3, 7],
    [3, 6],
  ],
  "gevent-private-chat.pcap": [
    [5, 5],
    [2, 3],
  ],
  "ws-plain.pcap": [[18, 18]],
  "ws-deflate.pcap": [[18, 18]],
  "chromium.pcap": [[12, 12]],
  "tls.pcap": [[13, 12]],
};

for (const [name, counts] of Object.entries(RECORDED)) {
  test(`${name}: every frame of every connection, and no findings except for faults of the program`, () => {
    const found = inspectCapture(readFileSync(`fixtures/captures/recorded/${name}`));
    assert.deepEqual(
      counts.map((_, stream) =>
        ["client", "server"].map(
          (sender) => framesOf(found).filter((frame) => frame.stream === stream && frame.sender === sender).length,
        ),
      ),
      counts,
    );
    const serious = found.records
      .flatMap(({ findings }) => findings)
      .filter(({ severity }: AnyRecord) => severity !== "info");
    assert.deepEqual(
      serious.map(({ rule, offset, length }: AnyRecord) => `${rule} ${offset} ${length}`),
      name === "gevent-close-reason.pcap" ? ["invalid-close-code 355 2"] : [],
    );
    if (name === "tls.pcap") assert.match(found.notes.join(), /is TLS \(up to 1\.3, for example\.test\)/);
  });
}

test("several gaps in one frame do not move the frames after it", () => {
  const found = inspectCapture(readFileSync("fixtures/captures/ws-plain-snap200.pcap"));
  assert.equal(framesOf(found).length, 36);
  const rules = new Set(found.records.flatMap(({ findings }) => findings.map(({ rule }: AnyRecord) => rule)));
  assert.deepEqual([...rules], ["stream-gap"]);
});
