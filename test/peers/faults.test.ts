/**
 * Where another program says that frames are wrong, wsframe says so, and names the rule that the program's words mean; where
 * only wsframe does, the tables say so as well. A peer that begins to report, or stops, fails them.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { CONFORMANCE_CASES } from "../support/conformance.js";
import { RULE_FIXTURES, readRuleFixture } from "../support/fixtures.js";
import { collectVerdicts, findRulesForMessage, PEERS, type Verdicts } from "../support/peer-faults.js";
import { PYTHON_WEBSOCKETS, testWithPeer } from "../support/peers.js";

/** What a peer says of a fixture, and the rule of ours that it means: the fixture's own, if no other is named. */
type Report = string | null | { readonly says: string; readonly means: string };

/** What `ws` says, what python-websockets says, and what its `connect` and `serve` say where that is something else. */
type Row = readonly [ws: Report, websockets: Report, websocketsSocket?: Report];

const SILENT: Row = [null, null];

/** Of each rule's `bad` fixture that has frames alone. */
const REPORTS: Readonly<Record<string, Row>> = {
  "rsv-without-extension": ["Invalid WebSocket frame: RSV1 must be clear", "reserved bits must be 0"],
  "reserved-opcode": ["Invalid WebSocket frame: invalid opcode 3", "invalid opcode"],
  // Both take a length in any form.
  "non-minimal-length": SILENT,
  "length-msb-set": [
    "Unsupported WebSocket frame: payload length > 2^53 - 1",
    { says: "stream ends after 1 bytes, expected 9223372036854775808 bytes", means: "truncated-frame" },
    { says: "1 bytes read on a total of 9223372036854775808 expected bytes", means: "truncated-frame" },
  ],
  // To `ws` it is a connection that closed without a Close frame, which it reports as 1006.
  "truncated-frame": [
    null,
    "stream ends after 2 bytes, expected 5 bytes",
    "2 bytes read on a total of 5 expected bytes",
  ],
  "unmasked-client-frame": ["Invalid WebSocket frame: MASK must be set", "incorrect masking"],
  "masked-server-frame": ["Invalid WebSocket frame: MASK must be clear", "incorrect masking"],
  "zero-masking-key": SILENT,
  "reused-masking-key": SILENT,
  "fragmented-control-frame": ["Invalid WebSocket frame: FIN must be set", "fragmented control frame"],
  "control-frame-too-long": ["Invalid WebSocket frame: invalid payload length 126", "control frame too long"],
  "unexpected-continuation": [
    "Invalid WebSocket frame: invalid opcode 0",
    "unexpected continuation frame",
    "unexpected opcode",
  ],
  "interleaved-message": [
    "Invalid WebSocket frame: invalid opcode 1",
    "expected a continuation frame",
    "unexpected opcode",
  ],
  // Without I/O, python-websockets leaves text as bytes.
  "invalid-utf8": [
    "Invalid WebSocket frame: invalid UTF-8 sequence",
    null,
    "'utf-8' codec can't decode byte 0xff in position 2: invalid start byte",
  ],
  "close-payload-too-short": ["Invalid WebSocket frame: invalid payload length 1", "close frame too short"],
  "invalid-close-code": ["Invalid WebSocket frame: invalid status code 1005", "invalid status code"],
  "close-code-wrong-side": SILENT,
  "invalid-close-reason": [
    "Invalid WebSocket frame: invalid UTF-8 sequence",
    "'utf-8' codec can't decode bytes in position 0-1: unexpected end of data",
  ],
  // Both drop what follows a Close unread.
  "data-after-close": SILENT,
  "unmatched-pong": SILENT,
  "unanswered-ping": SILENT,
  "rsv1-on-control-frame": ["Invalid WebSocket frame: RSV1 must be clear", "reserved bits must be 0"],
  "rsv1-on-continuation": ["Invalid WebSocket frame: RSV1 must be clear", "reserved bits must be 0"],
  "inflate-failed": ["invalid stored block lengths", "decompression failed"],
  "inflate-limit": SILENT,
  // Told, as the peers are, that nothing was agreed, wsframe assumes no compression.
  "assumed-deflate": [
    { says: "Invalid WebSocket frame: RSV1 must be clear", means: "rsv-without-extension" },
    { says: "reserved bits must be 0", means: "rsv-without-extension" },
  ],
  "unfinished-message": SILENT,
};

testWithPeer(PYTHON_WEBSOCKETS, "what peers report of every rule's bad frames", async () => {
  // What a recording lacks is nothing that a peer could see.
  const ids = readdirSync(RULE_FIXTURES).filter(
    (id) => id !== "stream-gap" && readdirSync(`${RULE_FIXTURES}/${id}`).includes("bad.hex"),
  );
  assert.deepEqual(Object.keys(REPORTS).sort(), ids.sort());
  const verdicts = await collectVerdicts(await Promise.all(ids.map((id) => readRuleFixture(id, "bad"))));
  for (const [i, id] of ids.entries()) {
    const { reports, errors } = verdicts[i] as Verdicts;
    const [ws, websockets, websocketsSocket = websockets] = REPORTS[id] as Row;
    for (const [peer, report] of Object.entries({ ws, websockets, websocketsSocket })) {
      const told = typeof report === "string" ? { says: report, means: id } : report;
      assert.equal(reports[peer as keyof typeof reports], told?.says ?? null, `${peer} on ${id}`);
      if (told === null) continue;
      assert.ok(errors.includes(told.means), `${peer} reports ${id}, wsframe only ${errors}`);
      const meant = findRulesForMessage(told.says);
      assert.ok(meant.includes(told.means), `${told.says} leads to ${meant.join() || "nothing"}, not ${told.means}`);
    }
  }
});

/** Cases in which a peer calls something a fault that is none by RFC 6455. */
const THEIRS_ALONE = [
  // A Close frame may stand between the fragments of a message (§5.4); wsframe warns that the message is not finished.
  { id: "7.1.5", says: "incomplete fragmented message" },
];

/** How many cases break a rule, as wsframe sees it, of which a peer says nothing. */
const OURS_ALONE = {
  ws: { "data-after-close": 2 },
  websockets: { "data-after-close": 1, "invalid-utf8": 75 },
  websocketsSocket: { "data-after-close": 1 },
};

testWithPeer(PYTHON_WEBSOCKETS, "what peers report of the conformance cases", async () => {
  const verdicts = await collectVerdicts(CONFORMANCE_CASES);
  for (const peer of PEERS) {
    const alone: Record<string, number> = {};
    for (const [i, { id }] of CONFORMANCE_CASES.entries()) {
      const { reports, errors } = verdicts[i] as Verdicts;
      const says = reports[peer];
      if (says === null) for (const rule of errors) alone[rule] = (alone[rule] ?? 0) + 1;
      else if (!THEIRS_ALONE.some((theirs) => theirs.id === id && theirs.says === says)) {
        const meant = findRulesForMessage(says);
        assert.ok(
          errors.some((rule) => meant.includes(rule)),
          `${id}: ${peer} says ${says}, which leads to ${meant.join() || "nothing"}; wsframe: ${errors.join()}`,
        );
      }
    }
    assert.deepEqual(alone, OURS_ALONE[peer], peer);
  }
});
