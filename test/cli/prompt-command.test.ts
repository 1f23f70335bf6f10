import assert from "node:assert/strict";
import { test } from "node:test";
import { type PromptCommand, parsePromptCommand } from "../../src/cli/live/prompt-command.js";
import { PROMPT_COMMANDS } from "../../src/cli/live/prompt-help.js";
import { UsageError } from "../../src/cli/usage-error.js";
import { readRecords } from "../support/records.js";

/** The parsed command, in short. */
function short(outgoing: PromptCommand): string {
  if (outgoing.kind === "help") return "help";
  if (outgoing.kind === "raw") return `raw ${Buffer.from(outgoing.bytes).toString("hex")}`;
  if (outgoing.kind === "close") return `close ${outgoing.code} ${JSON.stringify(String(outgoing.reason))}`;
  const { opcode, payload, fragment } = outgoing;
  return `${opcode} ${JSON.stringify(Buffer.from(payload).toString())}${fragment === undefined ? "" : ` by ${fragment}`}`;
}

const LINES: readonly (readonly [line: string, does: string])[] = [
  ["hello", '1 "hello"'],
  ["", '1 ""'],
  [" two  blanks ", '1 " two  blanks "'],
  ["Größe 🙂", '1 "Größe 🙂"'],
  ["//ping", '1 "/ping"'],
  ["///", '1 "//"'],
  ["/ping", '9 ""'],
  ["/ping a b", '9 "a b"'],
  ["/ping  a", '9 " a"'],
  ["/pong ü", '10 "ü"'],
  ["/close", 'close null ""'],
  ["/close 1000", 'close 1000 ""'],
  ["/close 4000 so long, and thanks", 'close 4000 "so long, and thanks"'],
  ["/binary 01 02 FF", '2 "\\u0001\\u0002�"'],
  ["/binary 0102", '2 "\\u0001\\u0002"'],
  ["/fragment 3 hello", '1 "hello" by 3'],
  ["/fragment 1  a", '1 " a" by 1'],
  ["/raw 81 00", "raw 8100"],
  ["/help", "help"],
];

for (const [line, does] of LINES)
  test(`typed ${JSON.stringify(line)}`, () => {
    const outgoing = parsePromptCommand(line);
    assert.equal(short(outgoing), does);
  });

test("binary bytes come from the hex digits", () => {
  const outgoing = parsePromptCommand("/binary 00 7f 80 ff");
  assert.ok(outgoing.kind === "message");
  assert.deepEqual([...outgoing.payload], [0, 0x7f, 0x80, 0xff]);
});

/** The frames that `/invalid` builds. */
function invalid(rest: string): Record<string, unknown>[] {
  const outgoing = parsePromptCommand(`/invalid ${rest}`);
  assert.ok(outgoing.kind === "raw");
  return readRecords([outgoing.bytes], { sender: "client" }).filter(({ type }) => type === "frame");
}

test("/invalid builds a frame as encode does, masked like a client's", () => {
  const [frame] = invalid("--rsv2 --opcode 0x3 hello there");
  const { rsv2, opcode, masked, payload } = frame!;
  assert.deepEqual(
    [rsv2, opcode, masked, Buffer.from(payload as string, "base64").toString()],
    [true, 3, true, "hello there"],
  );
});

test("/invalid masks with a given key, or not at all", () => {
  assert.equal(invalid("--masking-key 00000001 a")[0]!.maskingKey, "00000001");
  assert.equal(invalid("--no-mask a")[0]!.masked, false);
});

test("/invalid treats quoted words as one, and keeps their blanks", () => {
  assert.equal(invalid(`"two  blanks" 'it "is"' end`)[0]!.payload, 'two  blanks it "is" end');
});

test("/invalid builds frames that no endpoint may send", () => {
  assert.equal(invalid("--close-code 1006 gone")[0]!.closeCode, 1006);
  assert.equal(invalid(`--opcode ping ${"x".repeat(200)}`)[0]!.payloadLength, 200);
  assert.deepEqual(
    invalid("--fragment 2 --no-fin hello").map(({ opcode, fin }) => [opcode, fin]),
    [
      [1, false],
      [0, false],
      [0, false],
    ],
  );
});

/** Lines that cannot be sent, with their errors. */
const REFUSED: readonly (readonly [line: string, says: string])[] = [
  ["/shout", 'unknown command "/shout"; /help lists all, // sends a text that starts with /'],
  ["/", 'unknown command "/"; /help lists all, // sends a text that starts with /'],
  [
    `/ping ${"x".repeat(126)}`,
    "a control frame carries at most 125 bytes, not 126; /invalid --opcode ping sends it anyway",
  ],
  [
    `/pong ${"ü".repeat(63)}`,
    "a control frame carries at most 125 bytes, not 126; /invalid --opcode ping sends it anyway",
  ],
  ["/close bye", "a reason needs a status code: /close 1000 bye"],
  ["/close 70000", 'the code of /close must be a whole number from 0 to 65535, not "70000"'],
  [`/close 1000 ${"x".repeat(124)}`, "a reason has at most 123 bytes, not 124"],
  ["/binary 0g", 'expected pairs of hex digits, such as /binary 01 02 ff, not "/binary 0g"'],
  ["/binary 123", 'expected pairs of hex digits, such as /binary 01 02 ff, not "/binary 123"'],
  ["/raw x", 'expected pairs of hex digits, such as /binary 01 02 ff, not "/raw x"'],
  ["/fragment hello", "/fragment needs a size in bytes and a text: /fragment 3 hello"],
  ["/fragment 0 hello", "/fragment needs a size in bytes and a text: /fragment 3 hello"],
  ["/invalid --shout", "/invalid: unknown option '--shout'"],
  [
    "/invalid --opcode 0x10",
    '--opcode must be continuation, text, binary, close, ping, pong, or 0x0 to 0xF, not "0x10"',
  ],
];

for (const [line, says] of REFUSED)
  test(`refused: ${line.length > 40 ? `${line.slice(0, 40)}…` : line}`, () => {
    assert.throws(
      () => parsePromptCommand(line),
      (error: Error) => error instanceof UsageError && error.message === says,
      says,
    );
  });

test("a control frame of 125 bytes and a reason of 123 may be sent", () => {
  assert.equal(parsePromptCommand(`/ping ${"x".repeat(125)}`).kind, "message");
  assert.equal(parsePromptCommand(`/close 1000 ${"x".repeat(123)}`).kind, "close");
});

test("the help lists all commands", () => {
  const named = Object.keys(PROMPT_COMMANDS).flatMap((term) => /^\/([a-z]+)/.exec(term)?.[1] ?? []);
  assert.deepEqual(named.toSorted(), ["binary", "close", "fragment", "help", "invalid", "ping", "pong", "raw"]);
});
