/** An interrupt ends the input: everything read before is finished as at the end of the input. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, open, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { runShell } from "../support/command.js";
import { createScratchFolder } from "../support/folder.js";
import { buildSegmentPcap } from "../support/packets.js";

const HELLO = Buffer.from("810548656c6c6f", "hex");
const CUT = Buffer.from("81054865", "hex");
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const LIMIT = { timeout: 60_000 };

interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly closed: Promise<unknown[]>;
}

function run(t: TestContext, ...args: readonly string[]): Running {
  return running(t, spawn(process.execPath, ["bin/wsframe.js", ...args]));
}

function running(t: TestContext, child: ChildProcess): Running {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.on("data", (data) => {
      output[name] += String(data);
    });
  child.stdin?.on("error", () => {});
  t.after(() => child.kill("SIGKILL"));
  return { child, output, closed: once(child, "close") };
}

/** Waits until the output contains a text. */
async function shown({ child, output }: Running, part: string): Promise<void> {
  while (!output.stdout.includes(part)) await once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data");
}

function namedPipe(): string {
  const pipe = join(createScratchFolder(), "pipe");
  runShell(`mkfifo ${pipe}`);
  return pipe;
}

type Json = { readonly type: string; readonly findings: unknown[]; readonly complete?: boolean };

for (const [signal, code] of Object.entries(CODES) as [keyof typeof CODES, number][]) {
  test(`${signal} closes the JSON array of a decode and exits with ${code}`, LIMIT, async (t) => {
    const decode = run(t, "decode", "--from", "raw", "--to", "json");
    decode.child.stdin?.write(HELLO);
    await shown(decode, "Hello");
    decode.child.kill(signal);
    assert.deepEqual((await decode.closed)[0], code);
    const records = JSON.parse(decode.output.stdout) as Json[];
    assert.deepEqual(
      records.map(({ type }) => type),
      ["frame", "end"],
    );
    assert.equal(decode.output.stderr, "");
  });
}

test(
  "SIGINT ends a decode at the end of a shell's pipe, and the frame that it cuts has no finding",
  LIMIT,
  async (t) => {
    const line = `cat | { echo "$BASHPID" >&2; exec ${process.execPath} bin/wsframe.js decode --from raw --to json; }`;
    const decode = running(t, spawn("bash", ["-c", line]));
    decode.child.stdin?.write(Buffer.concat([HELLO, CUT]));
    await shown(decode, "Hello");
    process.kill(Number(decode.output.stderr), "SIGINT");
    await shown(decode, "\n]");
    decode.child.stdin?.end();
    assert.deepEqual((await decode.closed)[0], 130);
    const records = JSON.parse(decode.output.stdout) as Json[];
    assert.deepEqual(
      records.map(({ type, complete, findings }) => [type, complete, findings]),
      [
        ["frame", true, []],
        ["frame", false, []],
        ["end", undefined, []],
      ],
    );
  },
);

test("an interrupted decode of a capture prints the verdict of an open connection", LIMIT, async (t) => {
  const request =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  const response =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  const capture = buildSegmentPcap([
    { from: "client", at: 0, flags: "syn", ack: null },
    { from: "server", at: 0, flags: "syn" },
    { from: "client", at: 0, data: request },
    { from: "server", at: 0, ack: request.length, data: response },
    { from: "server", at: response.length, ack: request.length, data: Buffer.concat([HELLO, HELLO]) },
  ]);
  const decode = run(t, "decode");
  // The program that writes the capture gets Ctrl-C too, and may stop in the middle of a packet.
  decode.child.stdin?.write(Buffer.concat([capture, Buffer.alloc(7)]));
  await shown(decode, "Hello");
  decode.child.kill("SIGINT");
  assert.deepEqual((await decode.closed)[0], 130);
  assert.match(decode.output.stdout, /2 messages/);
  assert.match(decode.output.stdout, /no Close frame/);
});

test("bytes that the writer of the pipe sends after an interrupt are read", LIMIT, async (t) => {
  const decode = run(t, "decode", "--from", "raw", "--to", "list");
  decode.child.stdin?.write(HELLO);
  await shown(decode, "Hello");
  decode.child.kill("SIGINT");
  decode.child.stdin?.end(Buffer.from("8103627965", "hex"));
  assert.deepEqual((await decode.closed)[0], 130);
  assert.match(decode.output.stdout, /"bye"/);
});

test("an input cut by an interrupt is not reported as faulty", LIMIT, async (t) => {
  const decode = run(t, "decode", "--from", "hex", "--to", "list");
  decode.child.stdin?.write("81 05 48 65 6c 6c 6f 8");
  await shown(decode, "Hello");
  decode.child.kill("SIGINT");
  assert.deepEqual((await decode.closed)[0], 130);
  assert.equal(decode.output.stderr, "");
});

test("SIGTERM ends a decode of a named pipe that still has a writer", LIMIT, async (t) => {
  const pipe = namedPipe();
  const decode = run(t, "decode", "--from", "raw", "--to", "json", "--read", pipe);
  const writer = openSync(pipe, "r+");
  t.after(() => closeSync(writer));
  writeSync(writer, HELLO);
  await shown(decode, "Hello");
  decode.child.kill("SIGTERM");
  assert.deepEqual((await decode.closed)[0], 143);
  assert.equal(JSON.parse(decode.output.stdout).length, 2);
});

test("a named pipe is read once its first writer opens it", LIMIT, () => {
  const pipe = namedPipe();
  const { stdout, code } = runShell(
    `(sleep 0.5; printf '\\x81\\x05Hello' > ${pipe}) & wsframe decode --from raw --to list --read ${pipe}`,
  );
  assert.match(stdout, /Hello/);
  assert.equal(code, 0);
});

test("a second interrupt ends a decode at once, even if nobody reads its output", LIMIT, async (t) => {
  const child = spawn(process.execPath, ["bin/wsframe.js", "decode", "--from", "raw", "--to", "json"]);
  t.after(() => child.kill("SIGKILL"));
  child.stdin.on("error", () => {});
  child.stdin.write(Buffer.concat(Array.from({ length: 10_000 }, () => HELLO)));
  await once(child.stdout, "readable");
  child.kill("SIGINT");
  await setTimeout(800);
  assert.equal(child.exitCode, null);
  child.kill("SIGINT");
  assert.deepEqual((await once(child, "exit"))[0], 130);
});

for (const [signal, code] of Object.entries(CODES) as [keyof typeof CODES, number][]) {
  test(
    `${signal} ends a handshake with ${code}: the head is shown, and its missing end is not a finding`,
    LIMIT,
    async (t) => {
      const pipe = namedPipe();
      const handshake = run(t, "handshake", "--to", "json", "--read", pipe);
      // Returns when the command has opened the pipe: signals are handled by then.
      const writer = await promisify(open)(pipe, "w");
      t.after(() => closeSync(writer));
      writeSync(writer, "GET / HTTP/1.1\r\nHost: a\r\nUpg");
      handshake.child.kill(signal);
      assert.deepEqual((await handshake.closed)[0], code);
      const records = JSON.parse(handshake.output.stdout) as Json[];
      assert.deepEqual(
        records.map(({ type, findings }) => [type, findings]),
        [
          ["handshake", []],
          ["end", []],
        ],
      );
      assert.equal(handshake.output.stderr, "");
    },
  );
}
