/** The programs that the benchmarks run use the built library, whose names the compiler does not check there. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import { createScratchFolder } from "../support/folder.js";

test("the program that measures decoders in memory decodes a stream with each", () => {
  const file = join(createScratchFolder(), "frames.bin");
  const frame = encodeFrame({ opcode: 1, payload: Buffer.from("Hello") });
  writeFileSync(file, Buffer.concat(Array.from({ length: 100 }, () => frame)));
  for (const which of ["wsframe", "ws"]) {
    const args = ["bench/programs/in-process.mjs", file, which];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.match(stdout, /^\d+(\.\d+)?(e-\d+)?\n$/, stderr);
  }
});
