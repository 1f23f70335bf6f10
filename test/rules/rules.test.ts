import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { Connection, encodeFrame, type FrameEvent, judgeFrame, RULES, type Sender } from "../../src/index.js";
import { ByteStream } from "../../src/protocol/byte-stream.js";
import { FRAME_RULES } from "../../src/rules/catalogue.js";
import { anyFrame, likelyFrame } from "../support/arbitrary-frames.js";
import { parseHexBytes, splitBytes } from "../support/bytes.js";
import { RULE_FIXTURES, readRuleFixture } from "../support/fixtures.js";
import { listFindings, readRecords } from "../support/records.js";
import { fuzzRuns } from "../support/runs.js";

for (const { id } of RULES) {
  for (const kind of ["good", "bad"]) {
    test(`${id}: ${kind}`, async () => {
      const { bytes, expectedFindings, ...how } = await readRuleFixture(id, kind);
      const found = listFindings(readRecords([bytes], how));
      assert.deepEqual(found, expectedFindings);
      assert.equal(
        found.some((finding) => finding.startsWith(`${id} `)),
        kind === "bad",
      );
      assert.deepEqual(listFindings(readRecords(splitBytes(bytes, [1]), how)), expectedFindings, "byte by byte");
    });
  }
}

test("every rule has a file, a good and a bad fixture, and documentation; there are no other fixtures", () => {
  const ids = RULES.map(({ id }) => id);
  assert.deepEqual(readdirSync(RULE_FIXTURES).sort(), [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
  for (const rule of RULES) {
    assert.match(readFileSync(`src/rules/${rule.id}.ts`, "utf8"), new RegExp(`id: "${rule.id}"`));
    assert.match(rule.reference, /^(RFC (6455|7692) §\d|—$)/);
    for (const words of [rule.requirement, rule.cause, rule.fix]) assert.ok(words.length > 20, `${rule.id}: ${words}`);
    assert.match(rule.requirement, /\.$/);
    assert.doesNotMatch(rule.cause + rule.fix, /\.$/);
  }
});

/** The severities and close codes are part of the interface, so a change must be intentional. */
test("each rule has the agreed severity and close code", () => {
  const table = Object.fromEntries(RULES.map(({ id, severity, failCode }) => [id, `${severity} ${failCode}`]));
  assert.deepEqual(table, {
    "rsv-without-extension": "error 1002",
    "reserved-opcode": "error 1002",
    "non-minimal-length": "error 1002",
    "length-msb-set": "error 1002",
    "truncated-frame": "error null",
    "unmasked-client-frame": "error 1002",
    "masked-server-frame": "error 1002",
    "zero-masking-key": "warning null",
    "reused-masking-key": "warning null",
    "fragmented-control-frame": "error 1002",
    "control-frame-too-long": "error 1002",
    "unexpected-continuation": "error 1002",
    "interleaved-message": "error 1002",
    "unfinished-message": "warning null",
    "invalid-utf8": "error 1007",
    "close-payload-too-short": "error 1002",
    "invalid-close-code": "error 1002",
    "close-code-wrong-side": "warning null",
    "invalid-close-reason": "error 1007",
    "data-after-close": "error null",
    "unmatched-pong": "info null",
    "rsv1-on-control-frame": "error 1002",
    "rsv1-on-continuation": "error 1002",
    "inflate-failed": "error 1007",
    "inflate-limit": "warning null",
    "assumed-deflate": "info null",
    "handshake-malformed": "error null",
    "handshake-method": "error null",
    "handshake-http-version": "error null",
    "handshake-host": "error null",
    "handshake-upgrade": "error null",
    "handshake-connection": "error null",
    "handshake-key": "error null",
    "handshake-version": "error null",
    "handshake-status": "error null",
    "handshake-accept": "error null",
    "handshake-extension": "error null",
    "handshake-subprotocol": "error null",
    "handshake-legacy-header": "warning null",
    "data-before-handshake": "warning null",
    "stream-gap": "error null",
    "unanswered-ping": "info null",
  });
});

test("the fast check for ordinary frames never hides a finding", () => {
  const check = (event: FrameEvent): void => {
    const all = FRAME_RULES.flatMap((rule) => (rule.checkFrame(event) === null ? [] : [rule.id]));
    assert.deepEqual(
      judgeFrame(event).map(({ rule }) => rule.id),
      all,
    );
  };
  fc.assert(
    fc.property(
      fc.array(fc.oneof(likelyFrame, anyFrame), { maxLength: 10 }),
      fc.constantFrom(null, "client", "server"),
      fc.nat(9),
      (frames, sender, cut) => {
        const sink = { frame: check, handshake() {}, end() {}, closed() {} };
        const decoder = new ByteStream({
          sender: sender as Sender | null,
          nextConnection: () => new Connection(sink, { stream: 0, keep: 0 }),
        });
        const bytes = Buffer.concat(frames.map(encodeFrame));
        decoder.push(bytes.subarray(0, bytes.length - cut));
        decoder.end();
      },
    ),
    fuzzRuns(250, 0.1),
  );
});

for (const [hex, sentence] of [
  ["81 02 ed a0", /ed a0 starts a surrogate/],
  ["81 02 f4 90", /beyond U\+10FFFF/],
  ["81 02 e0 80", /e0 80 starts an overlong encoding of U\+0000–U\+003F/],
  ["81 01 80", /byte 80 is a continuation byte without a lead byte/],
  ["81 01 c0", /byte c0 starts an overlong encoding of U\+0000–U\+003F/],
  ["81 01 ff", /byte ff never occurs/],
  ["81 02 e5 41", /byte 41 cannot follow e5/],
  ["81 03 e5 86 41", /byte 41 cannot follow e5 86/],
  ["81 02 e5 86", /ends inside a character: e5 86 starts U\+5180–U\+51BF/],
  ["81", /inside the header: at least 1 byte is missing/],
  ["81 85 37", /inside the header: 8 bytes are missing \(3 of the header, 5 bytes of payload\)/],
  ["81 fe 0b", /inside the header: at least 5 bytes are missing/],
  ["f1 00", /RSV1, RSV2 and RSV3 are set/],
  ["88 02 01 f4", /status code 500 \(Unused\) must not be sent/],
  ["88 02 13 88", /status code 5000 \(Out of range\)/],
] as const) {
  test(`${hex} is reported as ${sentence}`, () => {
    const messages = readRecords([parseHexBytes(hex)]).flatMap((record) =>
      record.findings.map(({ message }: { message: string }) => message),
    );
    assert.ok(
      messages.some((message) => sentence.test(message)),
      messages.join("\n"),
    );
  });
}

test("registered and private status codes may be sent, all others are reported", () => {
  const allowed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  for (let code = 0; code < 65536; code += code > 5100 ? 997 : 1) {
    const bytes = encodeFrame({ opcode: 8, payload: Uint8Array.of(code >> 8, code & 0xff) });
    const broken = listFindings(readRecords([bytes])).some((found) => found.startsWith("invalid-close-code"));
    assert.equal(broken, !(allowed.includes(code) || (code >= 3000 && code <= 4999)), String(code));
  }
});
