import type { Command } from "commander";
import { joinSafe, makeSafe, quote, type SafeText, safely } from "../../bytes/safe-text.js";
import { type ErrorMatch, lookUp } from "../../explain/search.js";
import { TOPICS } from "../../explain/topics.js";
import { formatErrorMatch, formatShortTopic, formatTopic, formatTopicList } from "../../view/explanation.js";
import { paint, span, wrap } from "../../view/styled.js";
import { chooseTheme, terminalColumns } from "../streams/open-view.js";
import { Output, OutputClosedError } from "../streams/output.js";
import { UsageError } from "../usage-error.js";

/** Adds the arguments, options and action of `wsframe explain`. */
export function configure(command: Command): void {
  command
    .argument("[topic...]", "what to explain; without it, what there is; after --, it may begin with -")
    .option("--color <when>", "auto, always or never; NO_COLOR and FORCE_COLOR are honoured", "auto")
    .addHelpText(
      "after",
      '\nExamples:\n  wsframe explain invalid-utf8\n  wsframe explain 1006\n  wsframe explain "Invalid WebSocket frame: RSV1 must be clear"\n\n' +
        "Exit code: 0 explained; 2 nothing is known of it.",
    )
    .action(async (topic: string[], options: ExplainOptions) => {
      process.exitCode = await explain(topic, options);
    });
}

/** The options of `wsframe explain`, as they were given. */
export interface ExplainOptions {
  readonly color: string;
}

/** Explains a topic, or another program's words; returns the exit code. */
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
    if (answer.kind === "matched") return matchLines(answer.matches);
    const similar = answer.similar.length === 0 ? "" : `; did you mean ${answer.similar.join(", ")}?`;
    throw new UsageError(
      `nothing is known of ${quote(wanted)}${similar === "" ? "; wsframe explain lists what is" : similar}`,
    );
  }

  /** One topic in full; several in short, since the words alone do not tell which it is. */
  function matchLines(matches: readonly ErrorMatch[]): SafeText[] {
    const [first, ...others] = matches;
    if (first === undefined) return [];
    const said = formatErrorMatch(first.program, first.message, columns, theme);
    if (others.length === 0) return [...said, safely``, ...formatTopic(first.topic, columns, theme)];
    const each = matches.flatMap((one) => [safely``, ...formatShortTopic(one.topic, columns, theme)]);
    const names = matches.map((one) => one.topic.name).join(", ");
    return [
      ...said,
      ...wrap([span(`which may be one of several: ${names}`)], columns).map((line) => paint(line, theme)),
      ...each,
      safely``,
      makeSafe(`wsframe explain ${first.topic.name} says more`),
    ];
  }
}
