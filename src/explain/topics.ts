import { closeCodeInfo } from "../protocol/frame/close-code.js";
import { OPCODES, type OpcodeInfo } from "../protocol/frame/opcode.js";
import { RULES } from "../rules/catalogue.js";
import type { Rule } from "../rules/rule.js";
import { CLOSE_CODE_TEXTS } from "./close-codes.js";
import { CLOSE_CODE_WORDS } from "./error-messages/close-codes.js";
import { HEADER_WORDS } from "./error-messages/headers.js";
import { OPCODE_WORDS } from "./error-messages/opcodes.js";
import { RULE_WORDS } from "./error-messages/rules.js";
import { FIELD_TEXTS } from "./fields.js";
import { HEADER_TEXTS } from "./headers.js";
import { OPCODE_TEXTS } from "./opcodes.js";
import type { SectionText, Topic, TopicKind, WordsOf } from "./topic.js";

/** Everything that can be explained, in the order in which it is listed. */
export const TOPICS: readonly Topic[] = [
  ...RULES.map(ruleTopic),
  ...Object.keys(CLOSE_CODE_TEXTS).map(closeCodeTopic),
  ...opcodeTopics(),
  ...sectionTopics("field", FIELD_TEXTS, {}),
  ...sectionTopics("header", HEADER_TEXTS, HEADER_WORDS),
];

function ruleTopic({ id, severity, reference, failCode, demand, why, cause, remedy }: Rule): Topic {
  return {
    kind: "rule",
    name: id,
    aliases: [],
    facts: [severity, reference, ...(failCode === null ? [] : [`an endpoint fails the connection with ${failCode}`])],
    parts: [
      { label: "demanded", text: demand },
      { label: "why", text: why },
      { label: "usual cause", text: `${cause}.` },
      { label: "to mend it", text: `${remedy}.` },
    ],
    words: RULE_WORDS[id] ?? {},
  };
}

function closeCodeTopic(code: string): Topic {
  const { about, remedy } = CLOSE_CODE_TEXTS[code] as { about: string; remedy: string };
  const single = /^\d+$/.test(code);
  const { name, onTheWire } = closeCodeInfo(Number.parseInt(code, 10));
  return {
    kind: "close code",
    name: code,
    aliases: single ? [name] : [],
    facts: [name, ...(onTheWire ? [] : ["never on the wire"]), "RFC 6455 §7.4"],
    parts: [{ label: "meaning", text: about }, ...(remedy === "" ? [] : [{ label: "to do", text: `${remedy}.` }])],
    words: CLOSE_CODE_WORDS[code] ?? {},
  };
}

/** The opcodes by name; those that are reserved together. */
function opcodeTopics(): Topic[] {
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
    words: OPCODE_WORDS[name] ?? {},
  }));
}

function sectionTopics(kind: TopicKind, texts: Readonly<Record<string, SectionText>>, words: WordsOf): Topic[] {
  return Object.entries(texts).map(([name, { about, section }]) => ({
    kind,
    name,
    aliases: [],
    facts: [section],
    parts: [{ label: "meaning", text: about }, ...ruleAbout(name)],
    words: words[name] ?? {},
  }));
}

/** The rule that has other programs' words about a header. */
function ruleAbout(header: string): { label: string; text: string }[] {
  const id = `handshake-${header
    .toLowerCase()
    .replace("sec-websocket-", "")
    .replace(/^protocol$/, "subprotocol")
    .replace(/^extensions$/, "extension")}`;
  return RULES.some((rule) => rule.id === id)
    ? [{ label: "see", text: `wsframe explain ${id}, for what goes wrong with it.` }]
    : [];
}
