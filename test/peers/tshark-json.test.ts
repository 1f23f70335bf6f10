/** What tshark prints of a capture as JSON holds the same frames as the capture. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { normalizeRecords } from "../support/comparable.js";
import { inspectCapture } from "../support/inspect-capture.js";
import { TSHARK, testWithPeer } from "../support/peers.js";
import { fuzzCount } from "../support/runs.js";

const SAMPLES = "fixtures/samples/cap";
const RECORDED = "fixtures/captures/recorded";

/** How tshark is asked, and whether it then tells times. */
const FORMS: readonly (readonly [args: readonly string[], timed: boolean])[] = [
  [["-T", "json"], true],
  [["-T", "json", "-x"], true],
  [["-T", "jsonraw"], false],
  [["-T", "ek"], true],
  [["-T", "ek", "-x"], true],
];

function printed(path: string, args: readonly string[]): Uint8Array {
  return spawnSync(TSHARK.probe[0], ["-r", path, ...args], { maxBuffer: 2 ** 28 }).stdout;
}

const isSample = (name: string): boolean => /\.pcap(ng)?$/.test(name);
const paths = [
  ...readdirSync(RECORDED).map((name) => `${RECORDED}/${name}`),
  ...readdirSync(SAMPLES).map((name) => `${SAMPLES}/${name}`),
].filter(isSample);

const EVERY_FORM = fuzzCount(0, 1) === 0 ? /raw-python|snap96/ : /raw-python|sll2|snap96|null0/;

for (const path of paths) {
  // Every form of some captures, one of the others: tshark takes most of a second each time.
  for (const [args, timed] of EVERY_FORM.test(path) ? FORMS : FORMS.slice(0, 1)) {
    testWithPeer(TSHARK, `${path}: tshark ${args.join(" ")} has its records`, () => {
      const { records, notes } = inspectCapture(readFileSync(path));
      const found = inspectCapture(printed(path, args), [65_536], null, "packets");
      assert.equal(found.fault, null);
      assert.deepEqual(normalizeRecords(found.records, timed), normalizeRecords(records, timed));
      // tshark says so on its error output where a file is cut.
      assert.deepEqual(
        found.notes,
        notes.filter((line) => !line.includes("ends inside a packet")),
      );
    });
  }
}
