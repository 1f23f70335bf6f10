import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { encodeFrame } from "../../src/index.js";
import { StreamInspection } from "../../src/inspect/stream-inspection.js";
import { createColorTheme, PLAIN_THEME, type Theme } from "../../src/view/theme.js";
import { VIEWS } from "../../src/view/views.js";
import { textWidth } from "../../src/view/width.js";
import { anyFrame, likelyFrame } from "../support/arbitrary-frames.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";
import { readRuleFixture } from "../support/fixtures.js";
import { readRecords } from "../support/records.js";
import { showInput } from "../support/show-input.js";

async function shown(name: string, bytes: Uint8Array, theme: Theme = PLAIN_THEME): Promise<string> {
  const paper = new BufferedViewContext(80, theme);
  const module = (await VIEWS[name]?.load()) ?? assert.fail(`no view ${name}`);
  const view = module.open(paper);
  const inspection = new StreamInspection(view, { sender: null, keep: 2 ** 20 });
  inspection.push(bytes);
  inspection.end();
  view.close();
  return paper.text;
}

const streams = fc
  .array(fc.oneof(likelyFrame, anyFrame), { maxLength: 6 })
  .map((frames) => Uint8Array.from(Buffer.concat(frames.map(encodeFrame))));

test("colour changes nothing but colour", async () => {
  const theme = await createColorTheme();
  await fc.assert(
    fc.asyncProperty(streams, async (bytes) => {
      for (const name of Object.keys(VIEWS)) {
        const plain = await shown(name, bytes);
        const inColour = await shown(name, bytes, theme);
        // The payload view writes raw bytes, which may contain escape sequences of their own.
        assert.equal(name === "payload" ? inColour : stripVTControlCharacters(inColour), plain, name);
        if (bytes.length > 0 && (name === "table" || name === "list")) assert.notEqual(inColour, plain, name);
      }
    }),
    { numRuns: 40 },
  );
});

test("json is an array of the same records as ndjson", async () => {
  await fc.assert(
    fc.asyncProperty(streams, async (bytes) => {
      assert.deepEqual(JSON.parse(await shown("json", bytes)), readRecords([bytes]));
    }),
    { numRuns: 100 },
  );
});

test("records escape characters that are unsafe in a terminal, and parse back to the same strings", async () => {
  const payload = "\u0007\u007f\u009b\u202e\u200b\u{e0041}é👩‍👩‍👧";
  const text = await shown("ndjson", encodeFrame({ opcode: 1, payload: new TextEncoder().encode(payload) }));
  assert.doesNotMatch(text.replace(/\n/g, ""), /[\p{Cc}\p{Cf}]/u);
  assert.equal(JSON.parse(text.split("\n")[0] as string).payload, payload);
});

test("for a header with thousands of faults, only the first are shown, with a count of the others", async () => {
  const params = Array.from({ length: 2000 }, (_, i) => `; a${i}`).join("");
  const head = `GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Extensions: permessage-deflate${params}\r\n\r\n`;
  for (const view of ["table", "bits", "hex"]) {
    const text = await shown(view, Buffer.from(head));
    assert.match(text, /a40 in the request is no/);
    assert.doesNotMatch(text, /a60 in the request/);
    assert.match(text, /^… 1,\d\d\d more findings \(--to json\)$/m);
  }
});

test("the list shows a request once, even if frames come between it and its response", async () => {
  const { bytes } = await readRuleFixture("data-before-handshake", "bad");
  const text = await shown("list", bytes);
  assert.deepEqual(text.match(/GET|"Hello"|101/g), ["GET", '"Hello"', "101"]);
  assert.match(text, /101 Switching Protocols.*data-before-handshake/s);
});

for (const messages of [false, true])
  test(`the list fits 80 columns: notes that do not fit go below, ${messages ? "messages" : "frames"}`, async () => {
    let all = "";
    for (const file of [
      "conversations/deflate.py",
      "captures/recorded/chromium.pcap",
      "captures/recorded/ws-deflate.pcap",
    ])
      all += (await showInput(readFileSync(`fixtures/${file}`), { view: "list", messages })).text;
    const wide = all.split("\n").filter((line) => textWidth(line) > 80);
    assert.deepEqual(wide, []);
    assert.match(all, /…\n {8}(?:= message|z )/);
  });

test("the list shows where a Close reason is cut", async () => {
  const input = Buffer.from("88 85 00 00 00 00 03 e8 62 79 65");
  const cut = await showInput(input, { view: "list", columns: 90 });
  assert.match(cut.text, /5 {2}1000 Normal Closure… {2}▲ zero-masking-key\n/);
  const whole = await showInput(input, { view: "list", columns: 95 });
  assert.match(whole.text, /5 {2}1000 Normal Closure "bye" {2}▲ zero-masking-key\n/);
});

test("the list shows how much of a payload is in the input", async () => {
  assert.match(await shown("list", Uint8Array.of(0x81, 5, 0x48)), /"H" {2}⋯ 1 of 5 bytes\n/);
  assert.match(await shown("list", Uint8Array.of(0x81, 0xfe, 1)), / 0 {4}⋯ cut in the header\n/);
});
