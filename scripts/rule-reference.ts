import type { Topic } from "../src/explain/topic.js";
import { TOPICS } from "../src/explain/topics.js";

/** Where the reference stands. */
export const REFERENCE = "docs/rules.md";

/** The rule reference: what `wsframe explain` says of each rule, as a page. */
export function ruleReference(): string {
  const rules = TOPICS.filter(({ kind }) => kind === "rule");
  const list = rules.map(
    ({ name, facts: [severity, reference] }) => `| [\`${name}\`](#${name}) | ${severity} | ${reference} |`,
  );
  return [
    "# Rules",
    "",
    "Written by `npm run docs` from the rules themselves; `wsframe explain <rule>` says the same in the terminal.",
    "",
    "| rule | severity | reference |",
    "|---|---|---|",
    ...list,
    "",
    rules.map(section).join("\n\n"),
    "",
  ].join("\n");
}

function section({ name, facts, parts, errorMessages }: Topic): string {
  const said = parts.map(({ label, text }) => `- **${label}**: ${text}`);
  const others = Object.entries(errorMessages).map(
    ([program, texts]) => `  - ${program}: ${texts.map((text) => code(text)).join(" · ")}`,
  );
  return [
    `## ${name}`,
    "",
    facts.join(" · "),
    "",
    ...said,
    ...(others.length === 0 ? [] : ["- **others say**", ...others]),
  ].join("\n");
}

/** A text as code, whatever backquotes it has. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}
