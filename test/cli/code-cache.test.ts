/** The cache of compiled code that a run leaves for the next one: it is used only if it certainly belongs to this bundle. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createScratchFolder } from "../support/folder.js";

const HELLO = ["decode", "--to", "payload", "81 05 48 65 6c 6c 6f"];

/** A copy of the installed package, with its own cache folder. */
function install(): { folder: string; cache: string; run(...args: string[]): string } {
  const folder = createScratchFolder();
  const cache = join(folder, "cache");
  cpSync("bin", join(folder, "bin"), { recursive: true });
  cpSync("dist/wsframe.cjs", join(folder, "dist", "wsframe.cjs"));
  const run = (...args: string[]): string => {
    const { NODE_V8_COVERAGE, NODE_OPTIONS, NODE_DISABLE_COMPILE_CACHE, ...env } = process.env;
    const { stdout, stderr, status, signal } = spawnSync(process.execPath, [join(folder, "bin/wsframe.js"), ...args], {
      encoding: "utf8",
      env: { ...env, XDG_CACHE_HOME: cache },
    });
    assert.equal(signal, null);
    return status === 0 && stderr === "" ? stdout : `${stdout}${stderr}[exit ${status}]`;
  };
  return { folder, cache, run };
}

/** The one cache file. */
function cacheFile(cache: string): string {
  const [name, ...more] = readdirSync(join(cache, "wsframe"));
  assert.ok(name !== undefined && more.length === 0);
  return join(cache, "wsframe", name);
}

test("decode saves its compiled code in the user's cache folder, readable only by this user", {
  skip: process.platform === "win32",
}, () => {
  const { cache, run } = install();
  assert.match(run("--version"), /^\d/);
  assert.ok(!existsSync(cache));
  assert.equal(run(...HELLO), "Hello");
  const file = cacheFile(cache);
  assert.ok(file.endsWith(`-${process.version}-${process.arch}`));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(cache, "wsframe")).mode & 0o777, 0o700);
  const before = statSync(file).ino;
  assert.equal(run(...HELLO), "Hello");
  assert.equal(statSync(file).ino, before);
});

test("a damaged cache is replaced, wherever the damage is", { skip: process.platform === "win32" }, () => {
  const { cache, run } = install();
  run(...HELLO);
  const file = cacheFile(cache);
  const whole = readFileSync(file);
  const damages = [0, 17, 40, 1000, whole.length >> 2, whole.length >> 1, whole.length - 1].map((at) => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ 0x55;
    return bytes;
  });
  for (const bytes of [...damages, whole.subarray(0, 5), whole.subarray(0, 5000), Buffer.alloc(0)]) {
    writeFileSync(file, bytes);
    assert.equal(run(...HELLO), "Hello");
    assert.equal(readFileSync(file).length > 5000, true);
    assert.notDeepEqual(readFileSync(file), bytes);
  }
});

test("a bundle that changed but kept its length does not use the old cache", {
  skip: process.platform === "win32",
}, () => {
  const { folder, cache, run } = install();
  run(...HELLO);
  const bundle = join(folder, "dist/wsframe.cjs");
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const next = version.replace(/\d/g, "7");
  writeFileSync(bundle, readFileSync(bundle, "latin1").replaceAll(`"${version}"`, `"${next}"`), "latin1");
  assert.equal(run("--version"), `${next}\n`);
  run(...HELLO);
  const names = readdirSync(join(cache, "wsframe"));
  assert.equal(names.length, 2, "each bundle has a cache of its own");
  assert.equal(run("--version"), `${next}\n`);
});

test("a cache that another user may have written is not used", { skip: process.platform === "win32" }, () => {
  const { cache, run } = install();
  run(...HELLO);
  const file = cacheFile(cache);
  chmodSync(file, 0o666);
  const before = statSync(file).ino;
  assert.equal(run(...HELLO), "Hello");
  assert.notEqual(statSync(file).ino, before);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("an unwritable cache folder is not an error", { skip: process.platform === "win32" }, () => {
  const { cache, run } = install();
  writeFileSync(cache, "");
  assert.equal(run(...HELLO), "Hello");
});

test("without its bundle, the command reports on one line how to fix it", () => {
  const { folder, run } = install();
  rmSync(join(folder, "dist"), { recursive: true });
  assert.match(
    run(...HELLO),
    /^wsframe: cannot read \S*wsframe\.cjs \(ENOENT\): build it with npm run build, or install wsframe again\n\[exit 2\]$/,
  );
});
