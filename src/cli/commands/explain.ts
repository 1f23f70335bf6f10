import type { Command } from "commander";
import { joinSafe, makeSafe, quote, type SafeText, safely } from "../../bytes/safe-text.js";
import { type ErrorMatch, isPartOfMessage, lookUp } from "../../explain/search.js";
import { TOPICS } from "../../explain/topics.js";
import { formatErrorMatch, formatShortTopic, formatTopic, formatTopicList } from "../../view/explanation.js";
import { paint, span, wrap } from "../../view/styled.js";
import { chooseTheme, terminalColumns } from "../streams/open-view.js";
import { Output, OutputClosedError } from "../streams/output.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe explain`. */
export function configure(command: Command): void {
  command
    .argument(
      "[topic...]",
      "a rule, code, opcode, field, header or error message (default: list all topics); put -- before one that starts with -",
    )
    .option("--color <when>", "auto, always or never; NO_COLOR and FORCE_COLOR are honoured", "auto")
    .addHelpText(
      "after",
      '\nExamples:\n  wsframe explain invalid-utf8\n  wsframe explain 1006\n  wsframe explain "Invalid WebSocket frame: RSV1 must be clear"\n\n' +
        "Exit code: 0 explained; 2 no entry.",
    )
    .action(async (topic: string[], options: ExplainOptions) => {
      process.exitCode = await explain(topic, options);
    });
}

/** The options of `wsframe explain`, as given. */
export interface ExplainOptions {
  readonly color: string;
}

/** Explains a topic or another program's error message; returns the exit code. */
export async function explain(topic: readonly string[], { color }: ExplainOptions): Promise<number> {
  const theme = await chooseTheme(color);
  const columns = terminalColumns();
  const text = topic.join(" ").trim();
  const lines = text === "" ? formatTopicList(TOPICS, columns, theme) : linesAbout(text);
  const output = new Output();
  try {
    output.write(safely`${joinSafe(lines, "\n")}\n`);
    await output.flush();
  } catch (error) {
    if (!(error instanceof OutputClosedError)) throw error;
  }
  return 0;

  function linesAbout(wanted: string): SafeText[] {
    const answer = lookUp(wanted);
    if (answer.kind === "named") return formatTopic(answer.topic, columns, theme);
    if (answer.kind === "matched") return matchLines(answer.matches, wanted);
    const similar = answer.similar.length === 0 ? "" : `; did you mean ${answer.similar.join(", ")}?`;
    throw new UsageError(
      `no entry for ${quote(wanted)}${similar === "" ? "; run wsframe explain to list all topics" : similar}`,
    );
  }

  /** One topic in full, or several in short if the message is ambiguous. */
  function matchLines(matches: readonly ErrorMatch[], wanted: string): SafeText[] {
    const [first, ...others] = matches;
    if (first === undefined) return [];
    const label = isPartOfMessage(wanted, first.message) ? "part of a message of" : "reported by";
    const heading = formatErrorMatch(`${label} ${first.program}`, first.message, columns, theme);
    if (others.length === 0) return [...heading, safely``, ...formatTopic(first.topic, columns, theme)];
    const each = matches.flatMap((one) => [safely``, ...formatShortTopic(one.topic, columns, theme)]);
    const names = matches.map((one) => one.topic.name).join(", ");
    return [
      ...heading,
      ...wrap([span(`possible topics: ${names}`)], columns).map((line) => paint(line, theme)),
      ...each,
      safely``,
      makeSafe(`for more, run: wsframe explain ${first.topic.name}`),
    ];
  }
}
