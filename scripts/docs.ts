/** Writes the pages that are made from the code. */
import { writeFileSync } from "node:fs";
import { REFERENCE, ruleReference } from "./rule-reference.js";

writeFileSync(REFERENCE, ruleReference());
