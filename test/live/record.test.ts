/** What `--record` keeps is what was shown, and what `decode` makes of it later. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { shell } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";
import { Live, live } from "../support/live.js";
import { recordedSession } from "../support/recorded-session.js";
import type { AnyRecord } from "../support/records.js";
import { wsEcho, wsTo } from "../support/ws-peers.js";

const SESSION = recordedSession();

const records = (text: string): AnyRecord[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("records that are recorded are those that were shown", async () => {
  const { ndjson, shown } = await SESSION;
  assert.equal(readFileSync(ndjson, "utf8"), shown);
  assert.deepEqual(new Set(records(shown).map(({ type }) => type)), new Set(["handshake", "frame", "message", "end"]));
});

test("decode reads in the recorded packets the records that were shown, with their times", async () => {
  const { pcapng, shown } = await SESSION;
  const { stdout, stderr, code } = shell(`wsframe decode --read ${pcapng} --to ndjson`);
  assert.deepEqual(records(stdout), records(shown));
  assert.equal(stdout, shown);
  assert.equal(code, 0);
  assert.match(stderr, /^wsframe: 1 other connection /);
});

test("lines that are recorded are those of list", async () => {
  const { pcapng, txt } = await SESSION;
  const { stdout } = shell(`wsframe decode --read ${pcapng} --to list`);
  assert.equal(readFileSync(txt, "utf8"), stdout);
});

test("what is recorded is all of it, whatever is shown", async () => {
  const folder = scratchFolder();
  const file = join(folder, "all.ndjson");
  const echo = await wsEcho();
  const proxy = await live("proxy", echo.url, "--only", "ping", "--to", "summary", "--record", file);
  const client = await wsTo(`ws://127.0.0.1:${proxy.on}`);
  client.socket.send("hello");
  await client.next();
  assert.equal(await proxy.interrupt(), 130);
  const kept = records(readFileSync(file, "utf8"));
  assert.equal(kept.filter(({ payload }) => payload === "hello").length, 2);
});

for (const [command, args] of [
  ["listen", []],
  ["connect", ["--wait", "0"]],
] as const) {
  test(`${command} records what decode reads again`, async () => {
    const file = join(scratchFolder(), "session.pcapng");
    const asked = ["--to", "ndjson", "--record", file, ...args];
    let shown: string;
    if (command === "listen") {
      const listen = await live("listen", ...asked);
      const client = await wsTo(`ws://127.0.0.1:${listen.on}`, { perMessageDeflate: { threshold: 0 } });
      client.socket.send("hello ".repeat(20));
      await client.next();
      client.socket.close();
      await client.closed;
      assert.equal(await listen.interrupt(), 130);
      shown = listen.stdout;
    } else {
      const { url } = await wsEcho();
      const connect = new Live(["connect", url, ...asked]);
      connect.type("hello");
      await connect.prints(/"sender":"server"[^\n]*"payload":"hello"/);
      connect.child.stdin.end();
      assert.equal(await connect.end(), 0);
      shown = connect.stdout;
    }
    assert.ok(records(shown).length >= 5);
    assert.deepEqual(records(shell(`wsframe decode --read ${file} --to ndjson`).stdout), records(shown));
  });
}

test("a disk that is full ends the recording, and not the session", async () => {
  const echo = await wsEcho();
  const full = join(scratchFolder(), "full.pcapng");
  shell(`ln -s /dev/full ${full}`);
  const proxy = await live("proxy", echo.url, "--record", full);
  const client = await wsTo(`ws://127.0.0.1:${proxy.on}`);
  client.socket.send("one");
  assert.equal(await client.next(), "one");
  await proxy.prints(/full\.pcapng" cannot be written: ENOSPC.*; the recording ends there/, "stderr");
  client.socket.send("two");
  assert.equal(await client.next(), "two");
  await proxy.prints(/"two"/);
  assert.equal(await proxy.interrupt(), 130);
});
