/** Writes the pages that are made from the code, and the tables of records.md, which are made from the schema. */
import { writeFileSync } from "node:fs";
import { RECORD_PAGE, recordReference } from "./record-reference.js";
import { REFERENCE, ruleReference } from "./rule-reference.js";

writeFileSync(REFERENCE, ruleReference());
writeFileSync(RECORD_PAGE, recordReference());
