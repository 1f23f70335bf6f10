import { blanks, escapeText, makeSafe, type SafeText, text as safely } from "../bytes/safe-text.js";
import type { Topic, Words } from "../explain/topic.js";
import { type Line, paint, type Span, span, wrap } from "./styled.js";
import type { Theme } from "./theme.js";

/** Labels stand in a column of their own. */
const LABEL = 14;
/** Lines that are longer are hard to read. */
const WIDEST = 100;

/** A topic in full: its heading, what is said of it, and how other programs report it. */
export function explanation({ name, facts, parts, words }: Topic, columns: number, theme: Theme): SafeText[] {
  const room = Math.min(columns, WIDEST);
  const heading = wrap([span(name, "strong"), span(` · ${facts.join(" · ")}`)], room).map((line) => paint(line, theme));
  const said = parts.flatMap(({ label, text }) => [safely``, ...labelled(label, [span(text)], room, theme)]);
  return [...heading, ...said, ...othersSay(words, room, theme)];
}

/** A topic in a few lines, where several are shown: what causes it and how to mend it, but not why it is demanded. */
export function shortExplanation({ name, facts, parts }: Topic, columns: number, theme: Theme): SafeText[] {
  const room = Math.min(columns, WIDEST);
  const heading = wrap([span(name, "strong"), span(` · ${facts.join(" · ")}`)], room).map((line) => paint(line, theme));
  const said = parts.filter(({ label }) => label !== "why");
  return [...heading, ...said.flatMap(({ label, text }) => labelled(label, [span(text)], room, theme))];
}

/** The names that can be asked for, by kind. */
export function topicList(topics: readonly Topic[], columns: number, theme: Theme): SafeText[] {
  const kinds = [...new Set(topics.map(({ kind }) => kind))];
  return kinds.flatMap((kind, index) => {
    const names = topics.filter((topic) => topic.kind === kind).map(({ name }) => name);
    const lines = rows(names, Math.min(columns, WIDEST) - 2).map((line) => makeSafe(`  ${line}`));
    return [...(index === 0 ? [] : [safely``]), theme("strong", makeSafe(`${kind}s`)), ...lines];
  });
}

/** Whose words were found in a text. */
export function heardLine(program: string, says: string, columns: number, theme: Theme): SafeText[] {
  return wrap(
    [span(`${program} reports it so: `, "quiet"), span(`"${escapeText(says)}"`)],
    Math.min(columns, WIDEST),
  ).map((line) => paint(line, theme));
}

function othersSay(words: Words, columns: number, theme: Theme): SafeText[] {
  return Object.entries(words).flatMap(([program, texts], index) => {
    const label = index === 0 ? "others say" : "";
    const said = texts.flatMap((text, at): Span[] => [...(at === 0 ? [] : [span(" · ", "quiet")]), span(text)]);
    return [
      ...(index === 0 ? [safely``] : []),
      ...labelled(label, [span(`${program}: `, "quiet"), ...said], columns, theme),
    ];
  });
}

function labelled(label: string, line: Line, columns: number, theme: Theme): SafeText[] {
  const indent = blanks(LABEL);
  const lines = wrap(line, Math.max(30, columns - LABEL)).map((part) => paint(part, theme));
  return lines.map(
    (text, index) => safely`${index === 0 ? theme("quiet", makeSafe(label.padEnd(LABEL))) : indent}${text}`,
  );
}

/** Names side by side, with blanks between them. */
function rows(names: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 2 + name.length > columns) lines.push(name);
    else lines[lines.length - 1] = `${last}  ${name}`;
  }
  return lines;
}
