/**
 * Whatever characters stand wherever in an input, none reaches the terminal that could move its cursor, colour it, reorder it or
 * hide in it. `npm run fuzz` runs it on many more places.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { encodeFrame } from "../../src/index.js";
import { InputError } from "../../src/input/input-error.js";
import { runShell } from "../support/command.js";
import { createScratchFolder } from "../support/folder.js";
import { fuzzRuns } from "../support/runs.js";
import { type ShowInputOptions, showInput } from "../support/show-input.js";

/** Characters that a terminal obeys, or that a person cannot see. */
const HOSTILE: readonly string[] = [
  "\u0000",
  "\u0007",
  "\b",
  "\t",
  "\r",
  "\u001b[2J",
  "\u001b]0;title\u0007",
  "\u007f",
  "\u0085",
  "\u009b31m",
  "\u00ad",
  `a${"\u0301".repeat(60)}`,
  "\u034f",
  "\u061c",
  "\u115f",
  "\u17b4",
  "\u180e",
  "\u200b",
  "\u200d",
  "\u200f",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2060",
  "\u2066",
  "\u3164",
  "\ue000",
  "\ufe0f",
  "\ufeff",
  "\uffa0",
  "\ufff9",
  "\ufffe",
  "\u{1d173}",
  "\u{e0041}",
  "\u{e0100}",
  "\u{f0000}",
];

/** Fails for a text that has, outside of emoji, anything but visible characters and line ends. */
function assertHarmless(text: string): void {
  const plain = text.replace(/\p{RGI_Emoji}/gv, "");
  assert.doesNotMatch(plain, /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
  assert.doesNotMatch(plain, /\p{M}{7}/u);
}

/** Fails for records with what a terminal obeys; a person's view keeps more away, which a script wants as it is. */
function assertHarmlessRecords(text: string): void {
  assert.doesNotMatch(text, /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
}

const views = fc.constantFrom("table", "list", "bits", "hex", "summary", "json", "ndjson");

async function assertShownHarmless(input: Uint8Array, showing: ShowInputOptions): Promise<void> {
  const { text, notes, fault } = await showInput(input, showing);
  assert.ok(fault === null || fault instanceof InputError, String(fault));
  if (showing.view.endsWith("json")) assertHarmlessRecords(text);
  else assertHarmless(text);
  assertHarmless(notes);
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const HEADS = [
  "GET /chat?room=1 HTTP/1.1",
  "Host: example.org",
  "Upgrade: websocket",
  "Connection: keep-alive, Upgrade",
  `Sec-WebSocket-Key: ${KEY}`,
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: chat, superchat",
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15, x-other; a=b",
  "Sec-WebSocket-Origin: old",
  "X-Folded: one",
  " two",
  "Blank : before the colon",
  "",
  "HTTP/1.1 100 Continue",
  "",
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  "Sec-WebSocket-Protocol: chat",
  "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9",
  "",
  "",
].join("\r\n");
const REFUSAL = HEADS.replace("101 Switching Protocols", "403 Forbidden").replace("GET", "POST").replace("13", "8");

/** A text with something hostile at one of its places. */
function spoilt(text: string, encoding: "utf8" | "latin1"): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.nat(text.length), fc.constantFrom(...HOSTILE))
    .map(([at, hostile]) => Buffer.from(text.slice(0, at) + hostile + text.slice(at), encoding));
}

test("at any place of heads", async () => {
  const inputs = fc.oneof(...[HEADS, REFUSAL].flatMap((heads) => [spoilt(heads, "utf8"), spoilt(heads, "latin1")]));
  await fc.assert(
    fc.asyncProperty(inputs, views, fc.constantFrom(60, 80, 200), async (input, view, columns) => {
      await assertShownHarmless(input, { view, columns });
    }),
    fuzzRuns(200, 0.1),
  );
});

test("in payloads, Close reasons and pings, whole and in fragments, as frames and as messages", async () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "grapheme", maxLength: 4 })), { maxLength: 5 })
    .map((parts) => Buffer.from(parts.join("")));
  await fc.assert(
    fc.asyncProperty(text, text, views, fc.boolean(), async (one, two, view, messages) => {
      const frames = [
        encodeFrame({ opcode: 1, payload: one }),
        encodeFrame({ opcode: 1, payload: one, fin: false }),
        encodeFrame({ opcode: 9, payload: one }),
        encodeFrame({ opcode: 0, payload: two }),
        encodeFrame({ opcode: 2, payload: two }),
        encodeFrame({ opcode: 8, payload: Buffer.concat([Buffer.of(3, 232), two]) }),
      ];
      await assertShownHarmless(Buffer.concat(frames), { view, messages });
    }),
    fuzzRuns(125, 0.05),
  );
});

/** Every file below a folder that is small enough to be shown many times. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size < 40_000)
    .sort();
}

test("in every kind of input: notations, dumps, logs, traces, HAR and flow files, captures", async () => {
  const files = ["fixtures/samples", "fixtures/captures", "fixtures/rules"].flatMap(filesBelow);
  assert.ok(files.length > 100);
  const place = fc.tuple(fc.constantFrom(...files), fc.nat(2 ** 16), fc.constantFrom(...HOSTILE), fc.boolean());
  await fc.assert(
    fc.asyncProperty(place, views, async ([file, where, hostile, over], view) => {
      const input = readFileSync(file);
      const at = where % (input.length + 1);
      const put = Buffer.from(hostile);
      // Written over what was there, counts and lengths stay right, and the character comes further.
      const rest = input.subarray(over ? at + put.length : at);
      await assertShownHarmless(Buffer.concat([input.subarray(0, at), put, rest]), { view });
    }),
    fuzzRuns(175, 0.1),
  );
});

test("in HAR files, as JSON escapes them", async () => {
  const file = filesBelow("fixtures/samples").find((name) => name.endsWith(".har")) ?? assert.fail("no HAR");
  const har = readFileSync(file, "utf8");
  const strings = [...har.matchAll(/"(?:[^"\\]|\\.)*"/g)].map((match) => match.index + 1);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...strings), fc.constantFrom(...HOSTILE), views, async (at, hostile, view) => {
      const escaped = Array.from(hostile, (character) => JSON.stringify(character).slice(1, -1)).join("");
      await assertShownHarmless(Buffer.from(har.slice(0, at) + escaped + har.slice(at)), { view });
    }),
    fuzzRuns(50, 0.02),
  );
});

test("in arguments, file names and URLs", () => {
  const folder = createScratchFolder();
  const evil = HOSTILE.filter((one) => !one.includes("\u0000")).join("");
  const quoted = (text: string): string =>
    `$'${Array.from(Buffer.from(text), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("")}'`;
  for (const line of [
    `wsframe ${quoted(evil)}`,
    `wsframe decode ${quoted(evil)}`,
    `wsframe decode ${quoted(`b'${evil}'`)}`,
    `wsframe decode -r ${quoted(evil)}`,
    `wsframe decode 8100 --to ${quoted(evil)}`,
    `wsframe decode 8100 --grep ${quoted(`(${evil}`)}`,
    `wsframe decode 8100 --extensions ${quoted(evil)}`,
    `wsframe decode 8100 --only ${quoted(evil)} --frame ${quoted(evil)}`,
    `cd ${folder}; printf nothing > ${quoted(evil.replaceAll("/", ""))}; wsframe decode -r ${quoted(evil.replaceAll("/", ""))}`,
    `wsframe encode hello --opcode ${quoted(evil)}`,
    `wsframe encode ${quoted(evil)} --to table`,
    `wsframe handshake ${quoted(evil)}`,
    `wsframe handshake --key ${quoted(evil)}`,
    `wsframe explain ${quoted(evil)}`,
    `wsframe explain ${quoted(`${evil} 1006`)}`,
    `wsframe connect ${quoted(evil)}`,
    `wsframe connect ${quoted(`ws://127.0.0.1:1/${evil}`)}`,
    `wsframe connect ${quoted(`ws://${evil}/`)}`,
    `wsframe connect ws://127.0.0.1:1 --header ${quoted(`X: ${evil}`)}`,
    `wsframe connect ws://127.0.0.1:1 --subprotocol ${quoted(evil)}`,
    `wsframe proxy ${quoted(`ws://127.0.0.1:1/${evil}`)} --port ${quoted(evil)}`,
    `wsframe listen --port ${quoted(evil)}`,
    `wsframe listen --reply ${quoted(evil)}`,
    `wsframe listen --cert ${quoted(evil)}`,
    `wsframe listen --record ${quoted(evil)}`,
    `wsframe listen ${quoted(`--${evil}`)}`,
  ]) {
    const { stdout, stderr } = runShell(line, { timeout: 20_000 });
    assert.ok(stdout !== "" || stderr !== "", line);
    assertHarmless(stdout);
    assertHarmless(stderr);
    assert.doesNotMatch(stderr, /^\s+at /m, line);
  }
});
