import { Command } from "commander";
import type { ExplainOptions } from "./commands/explain.js";

/** What the command line says of `wsframe explain`. The command itself is loaded when it runs. */
export function explainCommand(): Command {
  return new Command("explain")
    .description("a rule, close code, opcode, field or header, or another program's error message, in plain words")
    .argument("[topic...]", "what to explain; without it, what there is; after --, it may begin with -")
    .option("--color <when>", "auto, always or never; NO_COLOR and FORCE_COLOR are honoured", "auto")
    .addHelpText(
      "after",
      '\nExamples:\n  wsframe explain invalid-utf8\n  wsframe explain 1006\n  wsframe explain "Invalid WebSocket frame: RSV1 must be clear"\n\n' +
        "Exit code: 0 explained; 2 nothing is known of it.",
    )
    .action(async (topic: string[], options: ExplainOptions) => {
      const { explain } = await import("./commands/explain.js");
      process.exitCode = await explain(topic, options);
    });
}
