/** What the linter cannot say in general: the members of a table never import each other. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** The modules that a file imports, now or when it runs. */
function importsOf(path: string): string[] {
  return [...readFileSync(path, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]*)"/g)].map(
    (match) => match[1] as string,
  );
}

/** Modules that stand in a table though they are no members of it. */
const SHARED = new Set(["./notation.js", "./view.js", "./rule.js"]);

for (const [folder, table] of [
  ["src/view", "views.ts"],
  ["src/input/notation", "notations.ts"],
  ["src/rules", "catalogue.ts"],
] as const) {
  test(`only ${folder}/${table} knows its members`, () => {
    const members = importsOf(`${folder}/${table}`).filter((module) => !SHARED.has(module));
    assert.ok(members.length >= 8, members.join());
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts") && name !== table)) {
      const known = importsOf(`${folder}/${file}`).filter((module) => members.includes(module));
      assert.deepEqual(known, [], `${folder}/${file}`);
    }
  });
}

test("commands never import each other", () => {
  const folder = "src/cli/commands";
  const files = readdirSync(folder);
  assert.ok(files.length >= 7);
  for (const file of files)
    assert.deepEqual(
      importsOf(`${folder}/${file}`).filter((module) => module.startsWith("./")),
      [],
      file,
    );
});

test("text is called safe for a terminal only where it is made so", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const casting = files.filter((file) => /\bas (?:readonly )?SafeText\b/.test(readFileSync(`src/${file}`, "utf8")));
  assert.deepEqual(casting.sort(), [
    "bytes/safe-text.ts",
    "view/byte-glyph.ts",
    "view/describe.ts",
    "view/grid.ts",
    "view/records.ts",
    "view/styled.ts",
    "view/theme.ts",
    "view/width.ts",
  ]);
});

test("standard output and standard error are written to in a few places", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const writing = files.filter((file) =>
    /process\.std(?:out|err)\b|console\./.test(readFileSync(`src/${file}`, "utf8")),
  );
  assert.deepEqual(writing.sort(), [
    "cli/commands/decode.ts",
    "cli/live/line-prompt.ts",
    "cli/streams/open-view.ts",
    "cli/streams/output.ts",
    "cli/streams/signals.ts",
    "cli/streams/standard-streams.ts",
  ]);
});

test("only src/live opens sockets, and one file opens named pipes", () => {
  const opening = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .filter((file) => /from "node:(?:net|tls|http|https|dgram|http2)"/.test(readFileSync(`src/${file}`, "utf8")));
  assert.ok(opening.length > 0);
  assert.deepEqual(
    opening.filter((file) => !file.startsWith("live/")),
    ["cli/streams/named-pipe.ts"],
  );
});
