/** No pattern in the sources goes back over its input again and again, wherever it begins to match. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseSync, Visitor } from "oxc-parser";
import { analyse } from "scslre";

for (const name of readdirSync("src", { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".ts")) continue;
  test(`the patterns of src/${name} take time that grows with their input and no more`, () => {
    const slow: string[] = [];
    const visitor = new Visitor({
      Literal(node) {
        if (!("regex" in node)) return;
        const { pattern: source, flags } = node.regex;
        const reportTypes = { Move: true, Self: true, Trade: true };
        for (const { type, character } of analyse({ source, flags }, { reportTypes }).reports)
          slow.push(`/${source}/${flags}: ${type}, ${JSON.stringify(character.pick)} again and again`);
      },
    });
    visitor.visit(parseSync(name, readFileSync(join("src", name), "utf8")).program);
    assert.deepEqual(slow, []);
  });
}
