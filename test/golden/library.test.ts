/** The examples of docs/library.md compile under `strict` against the built package, and print what stands below them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { createScratchFolder } from "../support/folder.js";
import { readPage } from "../support/pages.js";

const PAGE = "docs/library.md";
const EXAMPLE = /^```ts\n(.*?)^```\n(.*?)^```text\n(.*?)^```$/gms;

const folder = createScratchFolder();
mkdirSync(join(folder, "node_modules"));
symlinkSync(resolve("."), join(folder, "node_modules/wsframe"));
symlinkSync(resolve("node_modules/@types"), join(folder, "node_modules/@types"));
writeFileSync(join(folder, "package.json"), '{"type":"module"}');

function run(command: string, ...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
}

function printed(code: string): string {
  writeFileSync(join(folder, "example.ts"), code);
  const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
  run(resolve("node_modules/.bin/tsc"), ...options, "example.ts");
  return run(process.execPath, "example.js");
}

if (process.env.UPDATE_GOLDEN)
  writeFileSync(
    PAGE,
    readPage(PAGE).replace(
      EXAMPLE,
      (_, code: string, between: string) => `\`\`\`ts\n${code}\`\`\`\n${between}\`\`\`text\n${printed(code)}\`\`\``,
    ),
  );

const page = readPage(PAGE);
const examples = [...page.matchAll(EXAMPLE)];

test("every example has its output below it", () => {
  assert.equal(examples.length, page.match(/^```ts$/gm)?.length);
});

for (const [number, [, code = "", , output]] of examples.entries())
  test(`example ${number + 1} of ${PAGE}`, () => assert.equal(output, printed(code)));
