/**
 * Golden transcripts: whole commands with their output. In a `.transcript` file, a line that starts with `$ ` is a shell
 * command, followed by its output, its error output (each line after `! `), and `[exit n]`. Lines that start with `# ` before
 * the first command are comments. `npm run test:golden:update` rewrites the files: review the diff.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { runShell } from "../support/command.js";

const FOLDER = "test/golden";

function transcript(line: string): string {
  const { stdout, stderr, code } = runShell(line);
  const out = stdout === "" || stdout.endsWith("\n") ? stdout : `${stdout}⏎ no newline\n`;
  const err = stderr.replace(/^(?=.)/gm, "! ");
  return `$ ${line}\n${out}${err}[exit ${code}]\n`;
}

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".transcript"))) {
  const path = `${FOLDER}/${name}`;
  const [words = "", ...commands] = readFileSync(path, "utf8").split(/^(?=\$ )/m);
  if (process.env.UPDATE_GOLDEN) {
    const lines = commands.map((command) => command.slice(2, command.indexOf("\n")));
    writeFileSync(path, words + lines.map(transcript).join("\n"));
  }
  for (const command of commands) {
    const line = command.slice(2, command.indexOf("\n"));
    test(`${name}: ${line}`, () =>
      assert.equal(
        transcript(line).trimEnd(),
        process.env.UPDATE_GOLDEN ? transcript(line).trimEnd() : command.trimEnd(),
      ));
  }
}
