import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { formatProgress } from "../../src/cli/streams/progress.js";
import { openSources } from "../../src/cli/streams/sources.js";
import { runShell } from "../support/command.js";
import { createScratchFolder } from "../support/folder.js";

test("progress shows bytes and rate, and the remaining time if the size is known", () => {
  const mib = 2 ** 20;
  assert.equal(formatProgress(3 * mib, null, 2), "3.0 MiB read, 1.5 MiB/s");
  assert.equal(formatProgress(3 * mib, 12 * mib, 2), "3.0 MiB read, 1.5 MiB/s, 25% of 12.0 MiB, 6 seconds left");
  assert.equal(formatProgress(13 * mib, 12 * mib, 13), "13.0 MiB read, 1.0 MiB/s");
});

test("progress counts a gzip file in compressed bytes, like its size", async () => {
  const file = join(createScratchFolder(), "zeros.gz");
  const zipped = gzipSync(Buffer.alloc(4 * 2 ** 20));
  writeFileSync(file, zipped);
  let read = 0;
  let inflated = 0;
  const onRead = (bytes: number): void => {
    read += bytes;
  };
  for (const source of openSources([], [file, file], { onRead }))
    for await (const chunk of source.chunks()) inflated += chunk.length;
  assert.equal(inflated, 2 * 4 * 2 ** 20);
  assert.equal(read, 2 * zipped.length);
});

test("progress is shown and removed on a terminal, and not shown in a pipe", () => {
  // The second piece must arrive a second after the command has started, which may be slow on a busy machine.
  const slow = "(printf '\\x81\\x00'; sleep 3; printf '\\x81\\x00') | wsframe decode --from raw --to summary";
  assert.equal(runShell(slow).stderr, "");
  const terminal = runShell(
    `script -qec "bash -c \\"${slow.replaceAll("\\", "\\\\\\\\")}\\"" /dev/null < /dev/null`,
  ).stdout;
  assert.ok(terminal.includes("0.0 MiB read, 0.0 MiB/s\r\u001b[K"), terminal);
  assert.match(terminal, /frames +0 +2/);
});

test("an interrupt removes the progress line before the summary is printed", () => {
  const folder = createScratchFolder();
  const [file, pid] = [join(folder, "run.sh"), join(folder, "pid")];
  const frame = "printf '\\x81\\x00'";
  writeFileSync(
    file,
    `{ ${frame}; sleep 3; ${frame}; sleep 1; kill -TERM $(cat ${pid}); sleep 1; } |
    { echo $BASHPID > ${pid}; exec wsframe decode --from raw --to summary; }`,
  );
  const { stdout, code } = runShell(`script -qec "bash ${file}" /dev/null < /dev/null`);
  const [before = "", after = "", ...more] = stdout.split("0.0 MiB/s");
  assert.match(before, /0\.0 MiB read, $/);
  assert.ok(after.startsWith("\r\u001b[K"), stdout);
  assert.match(after, /frames +0 +2/);
  assert.deepEqual(more, []);
  assert.equal(code, 143);
});
