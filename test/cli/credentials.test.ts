/** Passwords in URLs are never printed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hideCredentials, hideUrlCredentials } from "../../src/cli/streams/credentials.js";
import { runShell } from "../support/command.js";

const QUOTED: readonly (readonly [typed: string, quoted: string])[] = [
  ["ws://user:secret@host", "ws://***@host"],
  ["user:secret@host:99999", "***@host:99999"],
  ["ws://user:s@ec@ret@host:99999/", "ws://***@host:99999/"],
  ["ws://user:se/cr?e#t@host", "ws://***@host"],
  ["ws://user:1#secret@host", "ws://***@host"],
  ["wss//user:secret@host", "wss//***@host"],
  ["wss:/user:secret@host", "wss:/***@host"],
  ["ws://user:se cret@host", "ws://***@host"],
  ["ws://token@host", "ws://***@host"],
  ["ws://host/?token=a@b", "ws://host/?token=a@b"],
  ["ws://host/@scope/chat", "ws://host/@scope/chat"],
  ["ws://host:80a80/", "ws://host:80a80/"],
];

for (const [typed, quoted] of QUOTED)
  test(`${typed} is quoted as ${quoted}`, () => {
    assert.equal(hideUrlCredentials(typed), quoted);
    assert.equal(hideUrlCredentials(quoted.includes("***") ? typed : quoted), quoted);
  });

test("a line is printed without the passwords of its URLs", () => {
  assert.equal(
    hideCredentials(`a "ws://u:secret@h/p?t=a@b" 'u:secret@h:1', ws://h/@x and --x=u:secret@h, mail a@b`),
    `a "ws://***@b" '***@h:1', ws://h/@x and --x=***@h, mail a@b`,
  );
});

test("no command prints a password, wherever the URL is and whatever is wrong with it", () => {
  const urls = [
    "ws://user:s3cret@host:99999",
    "wss//user:s3cret@host",
    "ws://user:x/s3cret@host",
    "user:s3cret@host:99999",
  ];
  const places = [
    "connect",
    "proxy",
    "connect --wait",
    "",
    "--x=",
    "decode",
    "decode --read",
    "decode --from",
    "encode --opcode",
  ];
  const all = [
    ...places.map((place) => `${place} URL`),
    "connect --wait URL ws://a",
    "listen --port URL",
    "connect ws://a URL",
  ];
  for (const url of urls)
    for (const place of [...all, "listen --record URL", "proxy --cert URL --key URL ws://a", "listen --reply URL"]) {
      const { stdout, stderr, code } = runShell(`wsframe ${place.replaceAll("URL", `'${url}'`)}`);
      assert.notEqual(code, 0, `${place} ${url}`);
      assert.match(stderr, /^wsframe: [^\n]+\n$/);
      assert.doesNotMatch(stdout + stderr, /s3cret/, `${place} ${url}`);
    }
});

test("the value of an invalid header is not printed", () => {
  const { stderr } = runShell(`wsframe connect ws://127.0.0.1:1 -H 'Authorization Basic s3cret'`);
  assert.equal(stderr, 'wsframe: --header must look like "Cookie: session=1", not "Authorization …"\n');
});

test("a password with blanks or quotes is hidden completely, wherever the URL was typed", () => {
  for (const line of [
    `wsframe: --host "ws://user:pw S3cr@h" is no address`,
    `wsframe: --wait "ws://us'S3cr:pw S3cr@h" is no number`,
    `wsframe: --port "ws://user:S3cr 'x@h" is no port`,
    `wsframe: unrecognised input: "x ws://user:S3cr\\"S3cr@h"`,
    `wsframe: "ws:\\\\\\\\user:S3cr@h" is no URL`,
  ])
    assert.doesNotMatch(hideCredentials(line), /S3cr/, line);
  for (const line of [`cannot read "a\\"b@c"`, `--grep "foo@bar(" is no pattern`, `"ws://h/x" and "a@b"`])
    assert.equal(hideCredentials(line), line);
});
