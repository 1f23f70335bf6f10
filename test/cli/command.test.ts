/** Tests that need the built command: pipes, full disks, signals, large inputs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runShell } from "../support/command.js";
import { createScratchFolder } from "../support/folder.js";
import { buildSegmentPcap } from "../support/packets.js";

test("a reader that closes the pipe early is not an error", () => {
  const frames = `yes '81 05 48 65 6c 6c 6f' | head -n 200000`;
  for (const view of ["list", "ndjson", "table", "json"]) {
    const { stdout, stderr, code } = runShell(
      `${frames} | wsframe decode --to ${view} | head -n 3; echo "\${PIPESTATUS[1]}\${PIPESTATUS[2]}" >&2; exit \${PIPESTATUS[1]}`,
    );
    assert.equal(stdout.split("\n").length, 4);
    assert.doesNotMatch(stderr, /wsframe|Error/);
    assert.equal(code, 0, view);
  }
});

test("output is complete in a slow pipe", () => {
  const { stdout } = runShell(
    `yes '81 05 48 65 6c 6c 6f' | head -n 20000 | wsframe decode --to ndjson | (sleep 0.3; wc -l)`,
  );
  assert.equal(stdout.trim(), "20001");
});

test("a full disk is an error in every view, and in encode", () => {
  for (const line of ["decode --to table 8100", "decode --to json 8100", "encode hello", "encode --to table hello"]) {
    const { stderr, code } = runShell(`wsframe ${line} > /dev/full`);
    assert.equal(code, 2, line);
    assert.match(stderr, /^wsframe: cannot write the output: ENOSPC[^\n]*\n$/);
  }
});

test("help and version handle a closed pipe or a full disk", () => {
  for (const words of ["--help", "--version", "decode --help", "help encode"]) {
    assert.deepEqual(runShell(`wsframe ${words} | true; echo \${PIPESTATUS[0]}`), {
      stdout: "0\n",
      stderr: "",
      code: 0,
    });
    const full = runShell(`wsframe ${words} > /dev/full`);
    assert.equal(full.code, 2);
    assert.match(full.stderr, /^wsframe: cannot write the output: ENOSPC[^\n]*\n$/);
  }
});

test("json is complete even if a later file cannot be read", () => {
  const { stdout, code } = runShell("wsframe decode --to json --read fixtures/samples/frame.bin no-such-file");
  assert.equal(code, 2);
  assert.equal(JSON.parse(stdout).length, 1);
});

test("command-line text is printed without its control characters", () => {
  for (const argument of [
    "--$(printf '\\033]0;x\\007')",
    "$(printf '\\033[31m')",
    "decode $(printf '\\033[31m')",
    "decode --read $(printf '\\033[31m')",
  ]) {
    const { stderr, code } = runShell(`wsframe ${argument}`);
    assert.equal(code, 2);
    assert.doesNotMatch(stderr.trimEnd(), /\p{Cc}/u);
  }
});

test("notes about a capture escape control characters in its names", () => {
  const name = Buffer.from("a\x1b[31m\x9bm\nwsframe: b", "latin1");
  const parts = (...lengths: number[]): number[] => lengths.flatMap((length) => [length >> 8, length & 0xff]);
  const extension = Buffer.concat([
    Buffer.from([0, 0, ...parts(name.length + 5, name.length + 3), 0, ...parts(name.length)]),
    name,
  ]);
  const rest = Buffer.from([0, 0, 2, 0x13, 1, 1, 0, ...parts(extension.length)]);
  const hello = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), rest, extension]);
  const record = Buffer.from([0x16, 3, 1, ...parts(hello.length + 4), 1, 0, ...parts(hello.length)]);
  const folder = createScratchFolder();
  const file = join(folder, "tls.pcap");
  writeFileSync(file, buildSegmentPcap([{ from: "client", at: 0, data: Buffer.concat([record, hello]) }]));
  const { stderr } = runShell(`wsframe decode --read ${file}`);
  assert.match(stderr, /is TLS \(up to 1\.2, for a\\x1b\[31m\\x9bm\\nwsframe: b\)/);
  assert.doesNotMatch(stderr.replaceAll("\n", ""), /\p{Cc}/u);
});

test("the addresses in a capture are printed without their control characters, in every view", () => {
  const rule = "=".repeat(67);
  const frame = "810548656c6c6f";
  const dump = `\n${rule}\nFollow: tcp,raw\nFilter: tcp.stream eq 0\nNode 0: a\u202eb\u009b31m:1\nNode 1: b\x1b[2J:2\n${frame}\n${rule}\n`;
  for (const view of ["list", "table", "bits", "hex", "summary"]) {
    const { stdout, stderr } = runShell(`wsframe decode --from follow --to ${view}`, { input: dump });
    assert.match(stdout, /b\\x1b\[2J:2 → a\\u\{202e\}b\\x9b31m:1/, stderr);
    assert.doesNotMatch(stdout.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
  }
});

test("a frame is shown as soon as it arrives, while the input continues", { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, ["bin/wsframe.js", "decode", "--to", "list", "--from", "raw"]);
  child.stdin.write(Buffer.from("810548656c6c6f", "hex"));
  let shown = "";
  while (!shown.includes("Hello")) shown += String((await once(child.stdout, "data"))[0]);
  child.stdin.end();
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
});

/** Runs a line; returns its output and the peak memory of its last command, in KiB. */
function peak(line: string): { kib: number; stdout: string; code: number | null } {
  const { stdout, stderr, code } = runShell(
    `${line.replace("wsframe", `${process.execPath} --import ./test/support/peak.mjs bin/wsframe.js`)}`,
  );
  return { kib: Number(/peak (\d+)/.exec(stderr)?.[1]), stdout, code };
}

test("a large frame through stdin takes no more memory than a small one with the same limit", () => {
  const header = "\\x82\\x7f\\x00\\x00\\x00\\x00\\x10\\x00\\x00\\x00";
  const small = peak(`(printf '\\x82\\x00') | wsframe decode --to list`);
  const large = peak(`(printf '${header}'; head -c 268435456 /dev/zero) | wsframe decode --to list`);
  assert.match(large.stdout, /binary.*268,435,456/);
  assert.equal(large.code, 0);
  assert.ok(large.kib < small.kib + 96 * 1024, `${large.kib} KiB against ${small.kib} KiB`);
});

test("json of handshakes is complete or empty, whatever fails", () => {
  const head = String.raw`'GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n'`;
  for (const command of ["handshake", "decode"]) {
    const some = runShell(
      `printf ${head} > "$TMPDIR/head.txt"; wsframe ${command} --to json --read "$TMPDIR/head.txt" no-such-file`,
      {
        env: { TMPDIR: createScratchFolder() },
      },
    );
    assert.equal(some.code, 2);
    assert.equal(JSON.parse(some.stdout)[0].type, "handshake");
    for (const nothing of ["--read no-such-file", "'zz zz'"]) {
      const { stdout, code } = runShell(`wsframe ${command} --to json ${nothing}`);
      assert.deepEqual([stdout, code], ["", 2]);
    }
  }
});

test("Node's own warnings are not printed in Node's format", () => {
  const code = `setTimeout(() => { process.emitWarning("of leaks", "MaxListenersExceededWarning"); process.emitWarning("no\\nfile"); })`;
  const load = `data:text/javascript,${encodeURIComponent(code)}`;
  const warned = runShell(`sleep 0.5 | wsframe encode --from text`, {
    env: { NODE_OPTIONS: `--import ${load}` },
  });
  assert.deepEqual([warned.stderr, warned.code], ["wsframe: no\\nfile\n", 0]);
});
