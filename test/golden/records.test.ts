/** Every record follows the JSON Schema that the package has: fields, types, and their order. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { RECORD_PAGE, RECORD_SCHEMA, recordReference } from "../../scripts/record-reference.js";
import type { AnyRecord } from "../support/any-record.js";
import { runShell } from "../support/command.js";
import { PAGES, readPage } from "../support/pages.js";
import { showInput } from "../support/show-input.js";

const schema = JSON.parse(readFileSync(RECORD_SCHEMA, "utf8"));
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addSchema(schema, "records");

function assertRecord(record: AnyRecord): void {
  const check = ajv.getSchema(`records#/$defs/${record.type}`);
  assert.ok(check?.(record), `${ajv.errorsText(check?.errors)}\n${JSON.stringify(record).slice(0, 1000)}`);
  const fields = Object.keys(record);
  const order = Object.keys(schema.$defs[record.type].properties).filter((field) => fields.includes(field));
  assert.deepEqual(fields, order);
}

function recordsIn(text: string): AnyRecord[] {
  const lines = text.split("\n").filter((line) => line.startsWith('{"type":"'));
  return lines.map((line) => JSON.parse(line.replace(/,$/, "")));
}

test("a validator accepts the schema, and the schema distinguishes the records", () => {
  const check = ajv.getSchema("records");
  assert.ok(check);
  const [frame] = recordsIn(runShell('wsframe decode --to ndjson "81 00"').stdout);
  assert.ok(check(frame));
  assert.ok(!check({ ...frame, findings: undefined }));
  assert.ok(!check({ ...frame, more: 1 }));
  assert.ok(!check({ ...frame, type: "packet" }));
});

test("the tables of the page are those of the schema", () => {
  assert.equal(readPage(RECORD_PAGE), recordReference(), "npm run docs writes them");
});

test("records of transcripts and pages", () => {
  const transcripts = readdirSync("test/golden").filter((name) => name.endsWith(".transcript"));
  const texts = [...transcripts.map((name) => `test/golden/${name}`), ...PAGES].map(readPage);
  const records = texts.flatMap(recordsIn);
  assert.ok(records.length > 20);
  records.forEach(assertRecord);
});

const FOLDERS = ["fixtures/captures", "fixtures/captures/recorded", "fixtures/samples/cap", "fixtures/conversations"];
const INPUTS = [
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => `${folder}/${name}`),
  ),
  ...readdirSync("fixtures/rules", { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:hex|py)$/.test(name))
    .map((name) => `fixtures/rules/${name}`),
];

for (const messages of [false, true]) {
  test(`records of the fixtures${messages ? ", with whole messages" : ""}`, async () => {
    const records: AnyRecord[] = [];
    for (const input of INPUTS)
      records.push(...recordsIn((await showInput(readFileSync(input), { view: "ndjson", messages })).text));
    records.forEach(assertRecord);
    const counts = Object.fromEntries(
      (schema.oneOf as { $ref: string }[]).map(({ $ref }) => {
        const type = $ref.replace(/.*\//, "");
        return [type, records.filter((record) => record.type === type).length];
      }),
    );
    assert.ok(Math.min(...Object.values(counts)) >= 20, JSON.stringify(counts));
  });
}
