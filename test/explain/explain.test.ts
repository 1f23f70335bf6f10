import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { REFERENCE, ruleReference } from "../../scripts/rule-reference.js";
import { lookUp } from "../../src/explain/search.js";
import { TOPICS } from "../../src/explain/topics.js";
import { OPCODES } from "../../src/protocol/frame/opcode.js";
import { HANDSHAKE_HEADERS } from "../../src/protocol/handshake/handshake-header.js";
import { RULES } from "../../src/rules/catalogue.js";

test("docs/rules.md is up to date (npm run docs writes it)", () => {
  assert.equal(readFileSync(REFERENCE, "utf8"), ruleReference());
});

/** Rules that none of the surveyed programs reports. */
const UNREPORTED = ["zero-masking-key", "reused-masking-key", "unmatched-pong"];

test("every rule, opcode, close code and header is a topic, and rules have error messages of other programs", () => {
  const names = new Map(TOPICS.map((topic) => [topic.name, topic]));
  assert.equal(names.size, TOPICS.length);
  for (const { id } of RULES) {
    const isReported = Object.keys(names.get(id)?.errorMessages ?? {}).length > 0;
    assert.equal(isReported, !UNREPORTED.includes(id), id);
  }
  for (const { name } of OPCODES) assert.ok(names.has(name), name);
  for (const { name } of HANDSHAKE_HEADERS) assert.ok(names.has(name), name);
  for (let code = 1000; code <= 1015; code++) assert.ok(names.has(String(code)), String(code));
  for (const { parts } of TOPICS) {
    for (const { label, text } of parts) assert.match(text, /^\S[\s\S]{10,}\.$/, `${label}: ${text}`);
  }
});

test("a range of close codes does not have the name of one code", () => {
  for (const range of ["3000-3999", "4000-4999"]) {
    const topic = TOPICS.find(({ name }) => name === range);
    assert.match(topic?.facts[0] ?? "", / code$/);
  }
});

test("a message with other numbers is preferred to a part of it with the same numbers", () => {
  const answer = lookUp("Invalid WebSocket frame: invalid opcode 3");
  assert.equal(answer.kind === "matched" && answer.matches[0]?.program, "ws");
});

test("every error message of another program leads to its topic", () => {
  for (const topic of TOPICS) {
    for (const message of Object.values(topic.errorMessages).flat()) {
      const answer = lookUp(message);
      const found =
        answer.kind === "named"
          ? [answer.topic]
          : answer.kind === "matched"
            ? answer.matches.map((match) => match.topic)
            : [];
      assert.ok(
        found.includes(topic),
        `${message} leads to ${found.map(({ name }) => name).join() || "nothing"}, not ${topic.name}`,
      );
    }
  }
});

for (const [text, name] of [
  ["RSV1 must be clear", "rsv-without-extension"],
  [
    "Error: Invalid WebSocket frame: RSV1 must be clear\n    at Receiver.getInfo (receiver.js:191:14)",
    "rsv-without-extension",
  ],
  ["Invalid WebSocket frame: invalid opcode 12", "reserved-opcode"],
  ["Invalid WebSocket frame: invalid opcode 3", "reserved-opcode"],
  ["126", "Payload length"],
  ["127", "Payload length"],
  ["404", "handshake-status"],
  ["fragmentation", "FIN"],
  ["WS_ERR_INVALID_UTF8", "invalid-utf8"],
  [
    "WebSocket connection to 'wss://example.com/a?b=1' failed: A server must not mask any frames that it sends to the client.",
    "masked-server-frame",
  ],
  ["websockets.exceptions.ConnectionClosedError: no close frame received or sent", "1006"],
  ["websocket: close 1006 (abnormal closure): unexpected EOF", "1006"],
  ["closed with code 1005", "1005"],
  ["the socket was closed, status 4123", "4000-4999"],
  ["\u2717 error  invalid-utf8  the text is not UTF-8: byte ff never occurs in UTF-8", "invalid-utf8"],
  ["Normal Closure", "1000"],
  ["opcode 9", "ping"],
  ["0xA", "pong"],
  ["masking key", "Masking-key"],
  ["Code 1006: connection closed abnormally", "1006"],
  ["websocket: close 4003: kicked", "4000-4999"],
  ["4001", "4000-4999"],
  ["1016", "invalid-close-code"],
  ["426", "handshake-status"],
  ["Handshake status 502 Bad Gateway", "handshake-status"],
  ["status 1009", "1009"],
] as const) {
  test(`${JSON.stringify(text)} is about ${name}`, () => {
    const answer = lookUp(text);
    const found = answer.kind === "named" ? answer.topic : answer.kind === "matched" ? answer.matches[0]?.topic : null;
    assert.equal(found?.name, name);
  });
}

test("a misspelt name gets suggestions, an unknown word gets none", () => {
  const similar = (text: string) => {
    const answer = lookUp(text);
    return answer.kind === "unknown" ? answer.similar : assert.fail(answer.kind);
  };
  assert.equal(similar("invalid-utf")[0], "invalid-utf8");
  assert.equal(similar("masknig-key")[0], "Masking-key");
  assert.ok(similar("window_bits").includes("server_max_window_bits"));
  assert.deepEqual(similar("xyzzyplugh"), []);
});
