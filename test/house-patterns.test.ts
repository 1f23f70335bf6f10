/** No pattern in the sources goes back over its input again and again, wherever it begins to match. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseSync, Visitor } from "oxc-parser";
import { analyse } from "scslre";

/** `--grep` takes a pattern of the user's. */
const COMPILES: Readonly<Record<string, number>> = { "cli/options/selection.ts": 1 };

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

  test(`src/${name} makes no pattern that is not a literal`, () => {
    assert.equal(mentionsOfRegExp(readFileSync(join("src", name), "utf8")), COMPILES[name] ?? 0);
  });
}

test("a pattern that is not a literal is found however it is made", () => {
  for (const made of ['new RegExp("a")', 'RegExp("a")', 'new globalThis.RegExp("a")', "const Made = RegExp"])
    assert.equal(mentionsOfRegExp(made), 1, made);
  assert.equal(mentionsOfRegExp("const a: RegExp = /a/; // new RegExp"), 0);
});

/** How often `RegExp` stands where a value does; as a type it makes no pattern. */
function mentionsOfRegExp(source: string): number {
  const places = new Set<number>();
  const types = new Set<number>();
  const visitor = new Visitor({
    Identifier({ name, start }) {
      if (name === "RegExp") places.add(start);
    },
    TSTypeReference({ typeName }) {
      types.add(typeName.start);
    },
  });
  visitor.visit(parseSync("source.ts", source).program);
  return [...places].filter((start) => !types.has(start)).length;
}
