import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { decompress } from "../../src/cli/streams/decompress.js";
import { InputError } from "../../src/input/input-error.js";
import { splitBytes } from "../support/bytes.js";
import { runShell } from "../support/command.js";
import { createScratchFolder } from "../support/folder.js";

const TEXT = Buffer.from(Array.from({ length: 40_000 }, (_, i) => ((i * i) >> 5) & 0xff));
const ZIPPED = gzipSync(TEXT);

/** The output and the fault for bytes that arrive in pieces, each of which is overwritten before the next. */
async function read(bytes: Uint8Array, size: number): Promise<{ out: Buffer; fault: string | null }> {
  let fault: string | null = null;
  async function* chunks(): AsyncIterable<Uint8Array> {
    for (const piece of splitBytes(bytes, [size])) {
      const own = Uint8Array.from(piece);
      yield own;
      own.fill(0xd7);
    }
  }
  const out: Buffer[] = [];
  try {
    for await (const piece of decompress(chunks(), (line) => (fault = line))) out.push(Buffer.from(piece));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    fault = error.message;
  }
  return { out: Buffer.concat(out), fault };
}

const SIZES = [7, 1000, 1_000_000];

test("uncompressed input passes unchanged, and gzip is inflated, one or several members, with trailing zeros", async () => {
  const named = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9]),
    Buffer.from("name\0words\0hh"),
    ZIPPED.subarray(10),
  ]);
  for (const size of SIZES) {
    assert.deepEqual(await read(TEXT, size), { out: TEXT, fault: null });
    for (const bytes of [ZIPPED, named, Buffer.concat([ZIPPED, Buffer.alloc(600)])])
      assert.deepEqual(await read(bytes, size), { out: TEXT, fault: null });
    const two = Buffer.concat([ZIPPED, gzipSync("and more")]);
    assert.deepEqual(await read(two, size), { out: Buffer.concat([TEXT, Buffer.from("and more")]), fault: null });
  }
});

test("bytes after the gzip data do not affect its output", async () => {
  for (const size of SIZES) {
    for (const behind of ["garbage", "g", "\0\0garbage"]) {
      const { out, fault } = await read(Buffer.concat([ZIPPED, Buffer.from(behind)]), size);
      assert.ok(out.equals(TEXT));
      assert.equal(fault, "bytes after the end of the gzip data are ignored");
    }
  }
});

test("truncated gzip data is inflated as far as possible", async () => {
  for (const size of SIZES) {
    const cut = await read(ZIPPED.subarray(0, -9), size);
    assert.ok(cut.out.length > TEXT.length - 64 && TEXT.subarray(0, cut.out.length).equals(cut.out));
    assert.equal(cut.fault, "damaged gzip data: truncated");
    const small = await read(gzipSync(TEXT.subarray(0, 300)).subarray(0, -20), size);
    assert.ok(small.out.length > 100 && TEXT.subarray(0, small.out.length).equals(small.out));
    for (const length of [3, 9, 12])
      assert.match((await read(ZIPPED.subarray(0, length), size)).fault ?? "", /truncated/);
  }
  for (const [at, what] of [
    [-8, "wrong checksum"],
    [-4, "wrong length"],
  ] as const) {
    const wrong = Buffer.from(ZIPPED);
    wrong[wrong.length + at] = (wrong[wrong.length + at] as number) ^ 1;
    assert.deepEqual(await read(wrong, 1000), { out: TEXT, fault: `damaged gzip data: ${what}` });
  }
  const damaged = Buffer.concat([ZIPPED.subarray(0, 10), Buffer.alloc(50, 0xff)]);
  assert.match((await read(damaged, 1000)).fault ?? "", /damaged gzip data: invalid/);
});

test("a capture in truncated gzip data is shown as far as it is complete", () => {
  const folder = createScratchFolder();
  const file = join(folder, "cut.pcap.gz");
  const zipped = gzipSync(readFileSync("fixtures/samples/cap/ws-lo.pcap"), { level: 0 });
  writeFileSync(file, zipped.subarray(0, -9));
  const { stdout, stderr, code } = runShell(`wsframe decode --read ${file} --to list`);
  writeFileSync(file, Buffer.concat([zipped, Buffer.from("garbage")]));
  const behind = runShell(`wsframe decode --read ${file} --to list`);
  assert.match(stdout, /: clean close/);
  assert.match(stderr, /cut\.pcap\.gz: damaged gzip data: truncated/);
  assert.equal(code, 2);
  assert.match(behind.stdout, /: clean close/);
  assert.deepEqual([behind.stderr, behind.code], ["wsframe: bytes after the end of the gzip data are ignored\n", 0]);
});
