/** Where a peer refuses an opening handshake, wsframe finds an error in it; where it should not, or only wsframe does, is said. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";
import { RULE_FIXTURES, readRuleFixture } from "../support/fixtures.js";
import { collectHandshakeVerdicts, type HalfVerdict } from "../support/handshake-faults.js";
import { findRulesForMessage } from "../support/peer-faults.js";
import { PYTHON_WEBSOCKETS, testWithPeer } from "../support/peers.js";

const PEERS = ["ws", "websockets"] as const;

/** The halves of all handshakes in the fixtures of one kind. */
async function fixtureVerdicts(kind: "good" | "bad"): Promise<{ id: string; verdict: HalfVerdict }[]> {
  const ids = readdirSync(RULE_FIXTURES).filter((id) => readdirSync(`${RULE_FIXTURES}/${id}`).includes(`${kind}.py`));
  const fixtures = await Promise.all(ids.map((id) => readRuleFixture(id, kind)));
  const verdicts = await collectHandshakeVerdicts(fixtures.map(({ bytes }) => bytes));
  return ids.flatMap((id, i) => (verdicts[i] as HalfVerdict[]).map((verdict) => ({ id, verdict })));
}

/** How many halves of handshakes a peer accepts, though they break the rule of their fixture. */
const OURS_ALONE = {
  ws: {
    // A larger window than was asked for, takeover that was not given up, the extension twice; and the responses to two
    // requests that are at fault themselves.
    "handshake-extension response": 5,
    "handshake-host request": 1,
    "handshake-http-version request": 1,
    "handshake-http-version response": 1,
    // It knows the drafts that were version 8, too.
    "handshake-version request": 1,
  },
  websockets: {
    "handshake-extension request": 1,
    // The same two.
    "handshake-extension response": 2,
    "handshake-host request": 1,
  },
};

/** What leads nowhere in `wsframe explain`, or elsewhere than to the rule that is broken. */
const UNEXPLAINED = new Set([
  "400 Bad Request",
  "426 Upgrade Required: Upgrade Required",
  // Node takes a 101 without `Connection: Upgrade` for an ordinary response.
  "Unexpected server response: 101",
]);

testWithPeer(PYTHON_WEBSOCKETS, "what peers refuse of every rule's bad handshakes", async () => {
  const unexplained = new Set<string>();
  for (const peer of PEERS) {
    const alone: Record<string, number> = {};
    for (const { id, verdict } of await fixtureVerdicts("bad")) {
      const says = verdict[peer];
      const { half, errors } = verdict;
      if (says === null) {
        // A rule that the request broke is found in the whole, too.
        const own = errors.length > 0 && (half === "request" || RESPONSE_RULES.has(id));
        if (own) alone[`${id} ${half}`] = (alone[`${id} ${half}`] ?? 0) + 1;
        continue;
      }
      assert.ok(errors.includes(id), `${peer} says ${says} of ${id}'s ${half}; wsframe: ${errors}`);
      if (!findRulesForMessage(says).includes(id)) unexplained.add(says);
    }
    assert.deepEqual(alone, OURS_ALONE[peer], peer);
  }
  assert.deepEqual([...unexplained].sort(), [...UNEXPLAINED].sort());
});

/** The rules that a response can break. */
const RESPONSE_RULES = new Set([
  "handshake-accept",
  "handshake-connection",
  "handshake-extension",
  "handshake-http-version",
  "handshake-malformed",
  "handshake-status",
  "handshake-subprotocol",
  "handshake-upgrade",
]);

/** What peers refuse though the RFC permits it. */
const THEIRS_ALONE = [
  // A server may agree to an extension that these clients do not know, and so do not offer.
  "handshake-extension response ws: Server sent a Sec-WebSocket-Extensions header but no extension was requested",
  "handshake-extension response websockets: no extensions supported",
  // An offer that was a second choice: these clients make only one, the first.
  "handshake-extension response websockets: Unsupported extension: name = permessage-deflate, params = []",
  // A server need not choose a subprotocol (RFC 6455 §4.2.2).
  "handshake-subprotocol response ws: Server sent no subprotocol",
  // A request's Upgrade may have other protocols beside `websocket` (§4.1).
  "handshake-upgrade request ws: 400 Bad Request: Invalid Upgrade header",
  "handshake-upgrade request websockets: invalid Upgrade header: h2c, WebSocket",
];

testWithPeer(PYTHON_WEBSOCKETS, "what peers refuse of every rule's good handshakes", async () => {
  const refused = (await fixtureVerdicts("good")).flatMap(({ id, verdict }) =>
    PEERS.flatMap((peer) => {
      assert.deepEqual(verdict.errors, [], id);
      return verdict[peer] === null ? [] : [`${id} ${verdict.half} ${peer}: ${verdict[peer]}`];
    }),
  );
  assert.deepEqual(refused.sort(), [...THEIRS_ALONE].sort());
});

const [REQUEST, RESPONSE] = buildHandshakeHeads(null).split(/(?=HTTP\/1\.1 101)/) as [string, string];
const adding = (head: string, field: string): string => head.replace("\r\n\r\n", `\r\n${field}\r\n\r\n`);
const OFFER = adding(REQUEST, "Sec-WebSocket-Extensions: permessage-deflate");

/** Handshakes with one thing that is wrong, each refused by one peer or both. */
const WRONG: readonly (readonly [what: string, request: string, response: string])[] = [
  ["Upgrade with a version in the request", REQUEST.replace("websocket", "websocket/13"), RESPONSE],
  ["Upgrade with a version in the response", REQUEST, RESPONSE.replace("websocket", "websocket/13")],
  ["Upgrade with another protocol in the response", REQUEST, RESPONSE.replace("websocket", "h2c, websocket")],
  ["Upgrade twice in the response", REQUEST, adding(RESPONSE, "Upgrade: websocket")],
  ["no version", REQUEST.replace("Sec-WebSocket-Version: 13\r\n", ""), RESPONSE],
  ["version 013", REQUEST.replace("Version: 13", "Version: 013"), RESPONSE],
  ["version twice", adding(REQUEST, "Sec-WebSocket-Version: 13"), RESPONSE],
  ["a subprotocol that is no token", adding(REQUEST, "Sec-WebSocket-Protocol: a b"), RESPONSE],
  ["a subprotocol twice", adding(REQUEST, "Sec-WebSocket-Protocol: a, a"), RESPONSE],
  ["no subprotocol in its header", adding(REQUEST, "Sec-WebSocket-Protocol: "), RESPONSE],
  ["no extension in its header", adding(REQUEST, "Sec-WebSocket-Extensions: "), RESPONSE],
  ["a key in quotes", REQUEST.replace(/Key: (.*)\r/, 'Key: "$1"\r'), RESPONSE],
  ["a parameter twice", OFFER.replace("deflate", "deflate; client_max_window_bits; client_max_window_bits"), RESPONSE],
  ["a window of 16 bits", OFFER.replace("deflate", "deflate; client_max_window_bits=16"), RESPONSE],
  ["a value where none is", OFFER.replace("deflate", "deflate; client_no_context_takeover=true"), RESPONSE],
  ["a semicolon at the end", OFFER.replace("deflate", "deflate;"), RESPONSE],
  ["an unknown parameter", OFFER, adding(RESPONSE, "Sec-WebSocket-Extensions: permessage-deflate; foo")],
  ["only LF", REQUEST.replaceAll("\r\n", "\n"), RESPONSE],
  ["a blank before a colon", REQUEST.replace("Host:", "Host :"), RESPONSE],
  ["a zero byte", adding(REQUEST, "X: a\0b"), RESPONSE],
  ["get in small letters", REQUEST.replace("GET", "get"), RESPONSE],
  ["no target", REQUEST.replace("/chat ", ""), RESPONSE],
  ["HTTP/1.0 in the response", REQUEST, RESPONSE.replace("HTTP/1.1", "HTTP/1.0")],
  ["200", REQUEST, RESPONSE.replace("101 Switching Protocols", "200 OK")],
  ["an accept value in small letters", REQUEST, RESPONSE.replace(/(?<=Accept: ).*/, (value) => value.toLowerCase())],
  ["a folded header", REQUEST, RESPONSE.replace("Upgrade: websocket", "Upgrade:\r\n websocket")],
  ["an empty subprotocol", REQUEST, adding(RESPONSE, "Sec-WebSocket-Protocol: ")],
  [
    "a subprotocol in another case",
    adding(REQUEST, "Sec-WebSocket-Protocol: chat"),
    adding(RESPONSE, "Sec-WebSocket-Protocol: Chat"),
  ],
];

for (const [what, request, response] of WRONG) {
  testWithPeer(PYTHON_WEBSOCKETS, `refused by peers, an error to wsframe: ${what}`, async () => {
    const [verdicts = []] = await collectHandshakeVerdicts([Buffer.from(request + response, "latin1")]);
    const refused = verdicts.filter(({ ws, websockets }) => ws !== null || websockets !== null);
    assert.ok(refused.length > 0, "no peer refuses it");
    for (const { half, ws, websockets, errors } of refused)
      assert.ok(errors.length > 0, `${half}: ws says ${ws}, python-websockets ${websockets}, wsframe nothing`);
  });
}
