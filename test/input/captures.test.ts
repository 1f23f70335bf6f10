import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { CaptureInspection } from "../../src/cli/capture-inspection.js";
import { CAPTURES } from "../../src/input/capture/captures.js";
import { InputError } from "../../src/input/input-error.js";
import { ndjson } from "../../src/view/ndjson.js";
import { PLAIN } from "../../src/view/theme.js";
import { cuts } from "../support/arbitrary-frames.js";
import { pieces } from "../support/bytes.js";
import type { AnyRecord } from "../support/records.js";
import { runs } from "../support/runs.js";

const FOLDER = "fixtures/samples/cap";

interface Captured {
  readonly records: AnyRecord[];
  readonly said: string[];
  readonly fault: InputError | null;
}

/** The records of a capture, as `--to ndjson` prints them, and what is said beside them. */
function captured(bytes: Uint8Array, sizes: readonly number[] = [bytes.length || 1]): Captured {
  let text = "";
  const said: string[] = [];
  const write = (piece: string | Uint8Array): void => {
    text += piece;
  };
  const view = ndjson.open({ theme: PLAIN, columns: 80, say() {}, write });
  const inspection = new CaptureInspection(view, { keep: 2 ** 20, port: null, say: (line) => said.push(line) });
  const format = CAPTURES.find(({ name }) => name === "pcap") ?? assert.fail("no pcap");
  const reader = format.open(inspection.sink);
  let fault: InputError | null = null;
  try {
    // A reader may keep views of what it is given: it gets copies.
    for (const piece of pieces(bytes, sizes)) reader.push(piece.slice());
    reader.end();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    fault = error;
  }
  inspection.end();
  const records =
    text === ""
      ? []
      : text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line));
  return { records, said, fault };
}

const framesOf = ({ records }: Captured): AnyRecord[] => records.filter(({ type }) => type === "frame");
const short = ({ sender, opcodeName, payload, masked }: AnyRecord): string =>
  `${sender} ${opcodeName} ${payload} ${masked}`;
const read = (name: string): Buffer => {
  const bytes = readFileSync(`${FOLDER}/${name}`);
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
};

const PACKETS = readdirSync(FOLDER).filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name));

test("there are captures of every kind", () => assert.ok(PACKETS.length >= 17, PACKETS.join()));

for (const name of PACKETS) {
  test(`${name} holds the conversation that was recorded`, () => {
    const found = captured(read(name));
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
      .flatMap(({ violations }) => violations)
      .filter(({ severity }: AnyRecord) => severity === "error");
    assert.deepEqual(
      [...new Set(errors.map(({ rule }: AnyRecord) => rule))],
      name.includes("snap96") ? ["stream-gap"] : [],
    );
    const handshakes = found.records.filter(({ type }) => type === "handshake");
    assert.equal(handshakes.length, /snap96|midstream/.test(name) ? 0 : times);
  });

  test(`${name} reads the same in any pieces`, () => {
    const bytes = read(name);
    const { records } = captured(bytes);
    fc.assert(
      fc.property(cuts, (sizes) => assert.deepEqual(captured(bytes, sizes).records, records)),
      runs(20, 0.001),
    );
  });
}

test("a capture that is cut anywhere shows what was whole, and says that it is cut", () => {
  for (const name of ["ws-lo.pcap", "ws-lo.pcapng"]) {
    const bytes = read(name);
    const all = framesOf(captured(bytes)).map(short);
    for (let length = 24; length < bytes.length; length++) {
      const { records, said, fault } = captured(bytes.subarray(0, length));
      assert.equal(fault, null);
      const complete = records.filter(({ type, complete: whole }) => type === "frame" && whole).map(short);
      assert.deepEqual(complete, all.slice(0, complete.length), `${name} cut at ${length}`);
      assert.ok(said.length <= 2, said.join());
    }
  }
});

test("damaged captures never crash: what is wrong is a fault with a sentence, or a finding", () => {
  const originals = PACKETS.map(read);
  fc.assert(
    fc.property(
      fc.nat(originals.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 }),
      (which, changes) => {
        const bytes = Buffer.from(originals[which] as Buffer);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const { fault } = captured(bytes);
        if (fault !== null) assert.match(fault.message, /^[a-z0-9]/);
      },
    ),
    runs(2000, 0.1),
  );
});
