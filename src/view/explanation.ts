import { escapeText, makeSafe, type SafeText, safely, spaces } from "../bytes/safe-text.js";
import type { ErrorMessages, Topic } from "../explain/topic.js";
import { paint, type StyledLine, type StyledSpan, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";

/** The width of the column of labels. */
const LABEL_COLUMNS = 14;
/** The longest line; longer ones are hard to read. */
const MAX_COLUMNS = 100;

/** A topic in full: heading, explanation, and the error messages of other programs. */
export function formatTopic({ name, facts, parts, errorMessages }: Topic, columns: number, theme: Theme): SafeText[] {
  const room = Math.min(columns, MAX_COLUMNS);
  const heading = wrap([span(name, "strong"), span(` · ${facts.join(" · ")}`)], room).map((line) => paint(line, theme));
  const body = parts.flatMap(({ label, text }) => [safely``, ...formatLabelled(label, [span(text)], room, theme)]);
  return [...heading, ...body, ...formatErrorMessages(errorMessages, room, theme)];
}

/** A topic in a few lines, for lists of several: without the part "why" and without error messages. */
export function formatShortTopic({ name, facts, parts }: Topic, columns: number, theme: Theme): SafeText[] {
  const room = Math.min(columns, MAX_COLUMNS);
  const heading = wrap([span(name, "strong"), span(` · ${facts.join(" · ")}`)], room).map((line) => paint(line, theme));
  const shown = parts.filter(({ label }) => label !== "why");
  return [...heading, ...shown.flatMap(({ label, text }) => formatLabelled(label, [span(text)], room, theme))];
}

/** The names of all topics, by kind. */
export function formatTopicList(topics: readonly Topic[], columns: number, theme: Theme): SafeText[] {
  const kinds = [...new Set(topics.map(({ kind }) => kind))];
  return kinds.flatMap((kind, index) => {
    const names = topics.filter((topic) => topic.kind === kind).map(({ name }) => name);
    const lines = flowNames(names, Math.min(columns, MAX_COLUMNS) - 2).map((line) => makeSafe(`  ${line}`));
    return [...(index === 0 ? [] : [safely``]), theme("strong", makeSafe(`${kind}s`)), ...lines];
  });
}

/** An error message in which a text was recognised, after a label. */
export function formatErrorMatch(label: string, message: string, columns: number, theme: Theme): SafeText[] {
  return wrap([span(`${label}: `, "quiet"), span(`"${escapeText(message)}"`)], Math.min(columns, MAX_COLUMNS)).map(
    (line) => paint(line, theme),
  );
}

function formatErrorMessages(errorMessages: ErrorMessages, columns: number, theme: Theme): SafeText[] {
  return Object.entries(errorMessages).flatMap(([program, texts], index) => {
    const label = index === 0 ? "reported as" : "";
    const messages = texts.flatMap((text, at): StyledSpan[] => [
      ...(at === 0 ? [] : [span(" · ", "quiet")]),
      span(text),
    ]);
    return [
      ...(index === 0 ? [safely``] : []),
      ...formatLabelled(label, [span(`${program}: `, "quiet"), ...messages], columns, theme),
    ];
  });
}

function formatLabelled(label: string, line: StyledLine, columns: number, theme: Theme): SafeText[] {
  const indent = spaces(LABEL_COLUMNS);
  const lines = wrap(line, Math.max(30, columns - LABEL_COLUMNS)).map((part) => paint(part, theme));
  return lines.map(
    (text, index) => safely`${index === 0 ? theme("quiet", makeSafe(label.padEnd(LABEL_COLUMNS))) : indent}${text}`,
  );
}

/** Names side by side, separated by two spaces. */
function flowNames(names: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 2 + name.length > columns) lines.push(name);
    else lines[lines.length - 1] = `${last}  ${name}`;
  }
  return lines;
}
