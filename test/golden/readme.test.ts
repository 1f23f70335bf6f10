/** What the README shows as a command's output is what the command prints. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runShell } from "../support/command.js";

const blocks = [...readFileSync("README.md", "utf8").matchAll(/^```\w*\n(.*?)^```/gms)].map(
  (match) => match[1] as string,
);
const shown = blocks
  .flatMap((block) => block.split(/^(?=\$ )/m))
  .filter((part) => part.startsWith("$ ") && part.trim().includes("\n"));

assert.ok(shown.length >= 4);
for (const part of shown) {
  const [line = "", ...output] = part.trimEnd().split("\n");
  test(`README: ${line}`, () => assert.equal(runShell(line.slice(2)).stdout.trimEnd(), output.join("\n")));
}
