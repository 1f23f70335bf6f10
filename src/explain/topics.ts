import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { OPCODES, type OpcodeInfo } from "../protocol/frame/opcode.js";
import { RULES } from "../rules/catalogue.js";
import type { Rule } from "../rules/rule.js";
import { CLOSE_CODE_TEXTS } from "./close-codes.js";
import { CLOSE_CODE_ERROR_MESSAGES } from "./error-messages/close-codes.js";
import { HEADER_ERROR_MESSAGES } from "./error-messages/headers.js";
import { OPCODE_ERROR_MESSAGES } from "./error-messages/opcodes.js";
import { RULE_ERROR_MESSAGES } from "./error-messages/rules.js";
import { FIELD_TEXTS } from "./fields.js";
import { HEADER_TEXTS } from "./headers.js";
import { OPCODE_TEXTS } from "./opcodes.js";
import type { ErrorMessagesByTopic, SectionText, Topic, TopicKind } from "./topic.js";

/** All topics, in the order in which they are listed. */
export const TOPICS: readonly Topic[] = [
  ...RULES.map(buildRuleTopic),
  ...Object.keys(CLOSE_CODE_TEXTS).map(buildCloseCodeTopic),
  ...buildOpcodeTopics(),
  ...buildSectionTopics("field", FIELD_TEXTS, {}),
  ...buildSectionTopics("header", HEADER_TEXTS, HEADER_ERROR_MESSAGES),
];

function buildRuleTopic({ id, severity, reference, failCode, requirement, why, cause, fix }: Rule): Topic {
  return {
    kind: "rule",
    name: id,
    aliases: [],
    facts: [severity, reference, ...(failCode === null ? [] : [`the receiver must close with ${failCode}`])],
    parts: [
      { label: "rule", text: requirement },
      { label: "why", text: why },
      { label: "usual cause", text: `${cause}.` },
      { label: "fix", text: `${fix}.` },
    ],
    errorMessages: RULE_ERROR_MESSAGES[id] ?? {},
  };
}

function buildCloseCodeTopic(code: string): Topic {
  const { about, fix } = CLOSE_CODE_TEXTS[code] as { about: string; fix: string };
  const single = /^\d+$/.test(code);
  // The name of a range is that of its last code, which is not registered.
  const { name, isSendable } = closeCodeInfo(Number(code.split("-").at(-1)));
  return {
    kind: "close code",
    name: code,
    aliases: single ? [name] : [],
    facts: [name, ...(isSendable ? [] : ["never sent"]), "RFC 6455 §7.4"],
    parts: [{ label: "meaning", text: about }, ...(fix === "" ? [] : [{ label: "what to do", text: `${fix}.` }])],
    errorMessages: CLOSE_CODE_ERROR_MESSAGES[code] ?? {},
  };
}

/** One topic for each named opcode, and one for all reserved opcodes. */
function buildOpcodeTopics(): Topic[] {
  const values = (name: string): string[] =>
    OPCODES.filter((opcode) => opcode.name === name).map(({ value }) => `0x${value.toString(16)}`);
  return Object.entries(OPCODE_TEXTS).map(([name, about]) => ({
    kind: "opcode",
    name,
    aliases: values(name).flatMap((value) => [
      value,
      `opcode ${value}`,
      String(Number(value)),
      `opcode ${Number(value)}`,
    ]),
    facts: [values(name).join(", "), OPCODES.find((opcode: OpcodeInfo) => opcode.name === name)?.section ?? ""],
    parts: [{ label: "meaning", text: about }],
    errorMessages: OPCODE_ERROR_MESSAGES[name] ?? {},
  }));
}

function buildSectionTopics(
  kind: TopicKind,
  texts: Readonly<Record<string, SectionText>>,
  errorMessages: ErrorMessagesByTopic,
): Topic[] {
  return Object.entries(texts).map(([name, { about, section, aliases = [] }]) => ({
    kind,
    name,
    aliases,
    facts: [section],
    parts: [{ label: "meaning", text: about }, ...buildRuleReference(name)],
    errorMessages: errorMessages[name] ?? {},
  }));
}

/** A reference to the rule about a header, which has the error messages of other programs. */
function buildRuleReference(header: string): { label: string; text: string }[] {
  const id = `handshake-${header
    .toLowerCase()
    .replace("sec-websocket-", "")
    .replace(/^protocol$/, "subprotocol")
    .replace(/^extensions$/, "extension")}`;
  return RULES.some((rule) => rule.id === id)
    ? [{ label: "see", text: `wsframe explain ${id}, for the errors that other programs report about it.` }]
    : [];
}
