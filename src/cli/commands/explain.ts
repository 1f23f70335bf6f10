import { joinSafe, makeSafe, quote, type SafeText, text as safely } from "../../bytes/safe-text.js";
import { type Heard, lookUp } from "../../explain/search.js";
import { TOPICS } from "../../explain/topics.js";
import { explanation, heardLine, shortExplanation, topicList } from "../../view/explanation.js";
import { paint, span, wrap } from "../../view/styled.js";
import { Output, OutputClosed } from "../output.js";
import { UsageError } from "../usage-error.js";
import { columnsOf, themeFor } from "../view-context.js";

/** The options of `wsframe explain`, as they were given. */
export interface ExplainOptions {
  readonly color: string;
}

/** Explains a topic, or another program's words; returns the exit code. */
export async function explain(topic: readonly string[], { color }: ExplainOptions): Promise<number> {
  const theme = await themeFor(color);
  const columns = columnsOf();
  const text = topic.join(" ").trim();
  const lines = text === "" ? topicList(TOPICS, columns, theme) : linesAbout(text);
  const output = new Output();
  try {
    output.write(safely`${joinSafe(lines, "\n")}\n`);
    await output.flush();
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
  return 0;

  function linesAbout(wanted: string): SafeText[] {
    const answer = lookUp(wanted);
    if (answer.kind === "named") return explanation(answer.topic, columns, theme);
    if (answer.kind === "heard") return heardLines(answer.heard);
    const similar = answer.similar.length === 0 ? "" : `; did you mean ${answer.similar.join(", ")}?`;
    throw new UsageError(
      `nothing is known of ${quote(wanted)}${similar === "" ? "; wsframe explain lists what is" : similar}`,
    );
  }

  /** One topic in full; several in short, since the words alone do not tell which it is. */
  function heardLines(heard: readonly Heard[]): SafeText[] {
    const [first, ...others] = heard;
    if (first === undefined) return [];
    const said = heardLine(first.program, first.says, columns, theme);
    if (others.length === 0) return [...said, safely``, ...explanation(first.topic, columns, theme)];
    const each = heard.flatMap((one) => [safely``, ...shortExplanation(one.topic, columns, theme)]);
    const names = heard.map((one) => one.topic.name).join(", ");
    return [
      ...said,
      ...wrap([span(`which may be one of several: ${names}`)], columns).map((line) => paint(line, theme)),
      ...each,
      safely``,
      makeSafe(`wsframe explain ${first.topic.name} says more`),
    ];
  }
}
