/** A command loads only the Node modules that it needs. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { test } from "node:test";

/** Modules that take milliseconds to load. */
const SLOW = ["child_process", "crypto", "http", "net", "readline", "stream", "tls", "zlib"];

for (const args of [["--version"], ["decode", "81 05 48 65 6c 6c 6f"], ["encode", "hello"], ["explain", "1006"]]) {
  test(`wsframe ${args.join(" ")} loads no unneeded Node module`, () => {
    const script = `
      process.argv = ["node", "wsframe", ...${JSON.stringify(args)}];
      process.on("exit", () => require("fs").writeSync(2, process.moduleLoadList.join("\\n")));
      require(${JSON.stringify(resolve("bin/wsframe.js"))}).load().main(process.argv);`;
    const { NODE_V8_COVERAGE, NODE_EXTRA_CA_CERTS, NODE_OPTIONS, ...env } = process.env;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", env });
    assert.notEqual(stdout, "");
    const loaded = new Set(stderr.split("\n"));
    assert.ok(loaded.has("NativeModule fs"));
    assert.deepEqual(
      SLOW.filter((name) => loaded.has(`NativeModule ${name}`)),
      [],
    );
  });
}
