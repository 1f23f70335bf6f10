/** `--record` saves what was shown, and `decode` can read it later. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { countWholeBlockBytes } from "../../src/live/pcapng-recorder.js";
import type { AnyRecord } from "../support/any-record.js";
import { runShell } from "../support/command.js";
import { createScratchFolder } from "../support/folder.js";
import { LiveCommand, startLive } from "../support/live.js";
import { startProcess } from "../support/processes.js";
import { recordSession } from "../support/recorded-session.js";
import { connectWs, startWsEcho } from "../support/ws-peers.js";

const SESSION = recordSession();

const records = (text: string): AnyRecord[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("recorded records equal the shown ones", async () => {
  const { ndjson, shown } = await SESSION;
  assert.equal(readFileSync(ndjson, "utf8"), shown);
  assert.deepEqual(new Set(records(shown).map(({ type }) => type)), new Set(["handshake", "frame", "message", "end"]));
});

test("decode reads the shown records, with their times, from the recorded packets", async () => {
  const { pcapng, shown } = await SESSION;
  const { stdout, stderr, code } = runShell(`wsframe decode --read ${pcapng} --to ndjson`);
  assert.deepEqual(records(stdout), records(shown));
  assert.equal(stdout, shown);
  assert.equal(code, 0);
  assert.match(stderr, /^wsframe: 1 other connection /);
});

test("recorded lines equal those of the list view", async () => {
  const { pcapng, txt } = await SESSION;
  const { stdout } = runShell(`wsframe decode --read ${pcapng} --to list`);
  assert.equal(readFileSync(txt, "utf8"), stdout);
});

test("a recording is complete, whatever the view hides", async () => {
  const folder = createScratchFolder();
  const file = join(folder, "all.ndjson");
  const echo = await startWsEcho();
  const proxy = await startLive("proxy", echo.url, "--only", "ping", "--to", "summary", "--record", file);
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
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
  test(`decode reads a recording of ${command}`, async () => {
    const file = join(createScratchFolder(), "session.pcapng");
    const asked = ["--to", "ndjson", "--record", file, ...args];
    let shown: string;
    if (command === "listen") {
      const listen = await startLive("listen", ...asked);
      const client = await connectWs(`ws://127.0.0.1:${listen.on}`, { perMessageDeflate: { threshold: 0 } });
      client.socket.send("hello ".repeat(20));
      await client.next();
      client.socket.close();
      await client.closed;
      assert.equal(await listen.interrupt(), 130);
      shown = listen.stdout;
    } else {
      const { url } = await startWsEcho();
      const connect = new LiveCommand(["connect", url, ...asked]);
      connect.typeLines("hello");
      await connect.waitForOutput(/"sender":"server"[^\n]*"payload":"hello"/);
      connect.child.stdin.end();
      assert.equal(await connect.waitForEnd(), 0);
      shown = connect.stdout;
    }
    assert.ok(records(shown).length >= 5);
    assert.deepEqual(records(runShell(`wsframe decode --read ${file} --to ndjson`).stdout), records(shown));
  });
}

/** Echoes through a proxy, started by a shell that sets limits, until the recording ends. */
async function recordedUntilFull(file: string): Promise<LiveCommand> {
  const { url } = await startWsEcho();
  const proxy = new LiveCommand(
    ["proxy", url, "--port", "0", "--record", file],
    { NODE_V8_COVERAGE: undefined },
    "ulimit -f 64",
  );
  const client = await connectWs(`ws://127.0.0.1:${await proxy.waitForPort()}`);
  for (let i = 0; !proxy.stderr.includes("the recording stops"); i++) {
    client.socket.send(`${i} ${"x".repeat(1000)}`);
    assert.match(await client.next(), new RegExp(`^${i} x`));
  }
  client.socket.send("goes on");
  assert.equal(await client.next(), "goes on");
  await proxy.waitForOutput(/"goes on"/);
  assert.equal(await proxy.interrupt(), 130);
  assert.equal(proxy.stderr.match(/cannot write/g)?.length, 1);
  assert.match(proxy.stderr, /cannot write "[^"]*": EFBIG[^\n]*; the recording stops\n/);
  return proxy;
}

for (const kind of ["pcapng", "ndjson", "txt"]) {
  test(`a full disk ends a ${kind} recording after a whole record, and the session continues`, async () => {
    const file = join(createScratchFolder(), `full.${kind}`);
    await recordedUntilFull(file);
    const bytes = readFileSync(file);
    assert.ok(bytes.length > 32 * 1024 && bytes.length <= 64 * 1024);
    if (kind === "pcapng") {
      assert.equal(countWholeBlockBytes(bytes), bytes.length);
      const { stdout, stderr } = runShell(`wsframe decode --read ${file} --to ndjson`);
      assert.ok(records(stdout).length > 20);
      assert.doesNotMatch(stderr, /cut|ends/);
    } else assert.equal(bytes.at(-1), 0x0a);
    if (kind === "ndjson") assert.ok(records(bytes.toString()).length > 20);
  });
}

test("a disk that is full from the start is an error that leaves no files", async () => {
  const folder = createScratchFolder();
  const listen = new LiveCommand(
    ["listen", "--port", "0", "--record", join(folder, "a.txt")],
    { NODE_V8_COVERAGE: undefined },
    "ulimit -f 0",
  );
  assert.equal(await listen.waitForEnd(), 2);
  assert.equal(listen.stderr, `wsframe: cannot write "${join(folder, "a.txt")}": EFBIG: file too large\n`);
  assert.deepEqual(readdirSync(folder), []);
});

/** A command that opens its recordings and then fails, because there is no server. */
const recording = (...args: readonly string[]): ReturnType<typeof runShell> =>
  runShell(`wsframe connect ws://127.0.0.1:1 ${args.map((arg) => `--record ${arg}`).join(" ")}`);

test("a recording is a new, private file", async () => {
  const folder = createScratchFolder();
  const file = join(folder, "new.pcapng");
  const listen = await startLive("listen", "--record", file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await listen.interrupt();
  assert.deepEqual(readdirSync(folder), ["new.pcapng"]);
});

test("an existing file is replaced only with --overwrite, and only once there is something to write", async () => {
  const folder = createScratchFolder();
  const file = join(folder, "old.ndjson");
  writeFileSync(file, "precious\n", { mode: 0o644 });
  const refused = recording(file);
  assert.deepEqual(
    [refused.stderr, refused.code],
    [`wsframe: cannot write "${file}": it already exists; add --overwrite to replace it\n`, 2],
  );
  // A session that never starts replaces nothing.
  assert.match(recording(`${file} --overwrite`).stderr, /cannot connect to/);
  assert.equal(readFileSync(file, "utf8"), "precious\n");
  const listen = await startLive("listen", "--record", file, "--overwrite");
  assert.equal(readFileSync(file, "utf8"), "precious\n");
  await connectWs(`ws://127.0.0.1:${listen.on}`);
  await listen.waitForOutput(/101/);
  await listen.interrupt();
  assert.equal(records(readFileSync(file, "utf8"))[0]?.type, "handshake");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ["old.ndjson"]);
});

test("a session without connections empties an existing file", async () => {
  const file = join(createScratchFolder(), "old.txt");
  writeFileSync(file, "old");
  const listen = await startLive("listen", "--record", file, "--overwrite");
  await listen.interrupt();
  assert.equal(readFileSync(file, "utf8"), "");
});

test("a session that never starts leaves no file", () => {
  const folder = createScratchFolder();
  assert.equal(recording(join(folder, "a.pcapng"), join(folder, "b.txt")).code, 2);
  assert.deepEqual(readdirSync(folder), []);
});

test("recording through a symbolic link, or into anything but a file, is refused", () => {
  const folder = createScratchFolder();
  const target = join(folder, "target.txt");
  writeFileSync(target, "precious");
  for (const to of [target, join(folder, "not-there.txt"), "/dev/null"]) {
    const link = join(folder, "link.txt");
    symlinkSync(to, link);
    for (const how of [link, `${link} --overwrite`]) {
      assert.equal(recording(how).stderr, `wsframe: cannot write "${link}": it is a symbolic link\n`);
    }
    rmSync(link);
  }
  const inside = join(folder, "inside.txt");
  mkdirSync(inside);
  assert.equal(
    recording(`${inside} --overwrite`).stderr,
    `wsframe: cannot write "${inside}": it is not a regular file\n`,
  );
  assert.equal(readFileSync(target, "utf8"), "precious");
  assert.deepEqual(readdirSync(folder).sort(), ["inside.txt", "target.txt"]);
});

test("a recording into a pipe continues as long as the pipe has a reader", async () => {
  const folder = createScratchFolder();
  const pipe = join(folder, "pipe.ndjson");
  runShell(`mkfifo ${pipe}`);
  assert.equal(recording(pipe).stderr, `wsframe: cannot write "${pipe}": no program reads this pipe\n`);
  const reader = startProcess("cat", [pipe]);
  let text = "";
  reader.stdout.on("data", (bytes) => {
    text += bytes;
  });
  const opened = once(reader, "close");
  // The reader opens the pipe once it has started.
  let listen = new LiveCommand(["listen", "--port", "0", "--record", pipe]);
  while (!/listening/.test(listen.stderr)) {
    if ((await Promise.race([listen.ended, listen.waitForOutput(/listening/, "stderr")])) === 2)
      listen = new LiveCommand(["listen", "--port", "0", "--record", pipe]);
  }
  await connectWs(`ws://127.0.0.1:${await listen.waitForPort()}`);
  await listen.waitForOutput(/101/);
  await listen.interrupt();
  await opened;
  assert.equal(records(text)[0]?.type, "handshake");
});

test("two processes cannot record into one file, and the lock of a killed process is ignored", async () => {
  const folder = createScratchFolder();
  const file = join(folder, "one.ndjson");
  const first = await startLive("listen", "--record", file);
  for (const how of [file, `${file} --overwrite`, `${folder}/./one.ndjson`]) {
    const { stderr, code } = recording(how);
    assert.match(stderr, new RegExp(`^wsframe: "[^"]*" is being recorded by process ${first.child.pid}\n$`));
    assert.equal(code, 2);
  }
  assert.match(recording(join(folder, "twice.txt"), `${folder}/./twice.txt`).stderr, /is given twice/);
  first.child.kill("SIGKILL");
  await first.waitForEnd();
  const lock = join(folder, ".one.ndjson.lock");
  for (const left of [readFileSync(lock, "utf8"), "", '{"pid":1,"started":"another time"}', '{"pid":-1}']) {
    writeFileSync(lock, left);
    const next = await startLive("listen", "--record", file, "--overwrite");
    assert.equal(await next.interrupt(), 130);
    assert.deepEqual(readdirSync(folder), ["one.ndjson"]);
  }
  // A file with the lock's name that is not a lock belongs to the user.
  writeFileSync(lock, "my notes");
  assert.match(
    recording(`${file} --overwrite`).stderr,
    /\.one\.ndjson\.lock in the same folder is not a lock file of wsframe; remove it/,
  );
  assert.equal(readFileSync(lock, "utf8"), "my notes");
});

for (const kind of ["ndjson", "txt", "pcapng"]) {
  test(`a killed session leaves every frame in the ${kind}, up to a second before its end`, async () => {
    const { url } = await startWsEcho();
    const file = join(createScratchFolder(), `killed.${kind}`);
    const proxy = await startLive("proxy", url, "--record", file);
    const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
    for (let i = 0; i < 20; i++) {
      client.socket.send(`message ${i}`);
      await client.next();
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
    proxy.child.kill("SIGKILL");
    await proxy.waitForEnd();
    const text =
      kind === "pcapng" ? runShell(`wsframe decode --read ${file} --to list`).stdout : readFileSync(file, "utf8");
    assert.equal(text.match(/message \d+/g)?.length, 40);
  });
}

test("a closed terminal ends the session in order, and the recording is complete", async () => {
  const { url } = await startWsEcho();
  const file = join(createScratchFolder(), "hangup.ndjson");
  const proxy = await startLive("proxy", url, "--record", file);
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
  client.socket.send("hello");
  await client.next();
  proxy.child.kill("SIGHUP");
  assert.equal(await proxy.waitForEnd(), 129);
  assert.equal((await client.closed).code, 1001);
  assert.match(proxy.stdout, /closed the connection with/);
  assert.equal(records(readFileSync(file, "utf8")).filter(({ type }) => type === "end").length, 2);
});
