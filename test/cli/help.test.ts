/** The built command's help texts fit a terminal of 80 columns, and each has an example. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runShell } from "../support/command.js";

const HELP_COLUMNS = 80;

const rootHelp = runShell("COLUMNS=80 wsframe --help").stdout;
const commandList = /\nCommands:\n((?: .*\n)+)/.exec(rootHelp)?.[1] ?? "";
const commands = [...commandList.matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name = "help"]) =>
  name === "help" ? [] : [name],
);

test("the main help lists all commands", () => {
  assert.ok(commands.includes("decode") && commands.includes("proxy"), commands.join(" "));
});

for (const command of ["", ...commands]) {
  const help = command === "" ? rootHelp : runShell(`COLUMNS=80 wsframe ${command} --help`).stdout;

  test(`wsframe ${command} --help fits ${HELP_COLUMNS} columns`, () => {
    const long = help.split("\n").filter((line) => [...line].length > HELP_COLUMNS);
    assert.deepEqual(long, []);
  });

  test(`wsframe ${command} --help keeps defaults on one line and has an example`, () => {
    assert.doesNotMatch(help, /\(default:[^)]*\n/);
    assert.match(help, new RegExp(`\\nExamples?:\\n {2}wsframe ${command}`));
  });
}
