/** The package contains the licence of every package that is bundled into the command. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { build } from "esbuild";
import { bundledPackages } from "../../scripts/third-party-notices.js";

test("every bundled package is in dist/THIRD-PARTY-NOTICES, with its licence", async () => {
  const { metafile } = await build({
    entryPoints: ["src/cli/main.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const names = bundledPackages(metafile).map((folder) => folder.replace(/^.*node_modules\//, ""));
  for (const name of ["chalk", "cli-table3", "commander", "get-east-asian-width"])
    assert.ok(names.includes(name), name);
  const sections = readFileSync("dist/THIRD-PARTY-NOTICES", "utf8").split(`\n${"-".repeat(80)}\n`);
  // The build replaces string-width, so neither it nor its dependencies are in the command.
  const replaced = ["ansi-regex", "emoji-regex", "is-fullwidth-code-point", "string-width", "strip-ansi"];
  for (const name of names.filter((one) => !replaced.includes(one))) {
    const section = sections.find((text) => text.includes(`\n${name} `) || text.startsWith(`${name} `));
    assert.match(section ?? "", /Copyright/, name);
  }
});

test("the package includes dist, where the notices are", () => {
  const { files } = JSON.parse(readFileSync("package.json", "utf8")) as { files: readonly string[] };
  assert.ok(files.includes("dist"));
});
