import { Command, CommanderError } from "commander";
import { decodeCommand } from "./decode-command.js";
import { encodeCommand } from "./encode-command.js";
import { errorLine } from "./report.js";

/** Set by the build to the version in package.json. */
declare const WSFRAME_VERSION: string;

const INTERRUPTED = 130;
const WRONG_USAGE = 2;

/** Runs the command line. The exit code is set, never forced, so that the output drains. */
export async function main(argv: readonly string[]): Promise<void> {
  process.once("SIGINT", () => process.exit(INTERRUPTED));
  try {
    const root = program();
    if (argv.length === 2) root.outputHelp();
    else await root.parseAsync(argv as string[]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version were printed, and are no failure; for anything else commander's own line was held back.
      if (error.exitCode !== 0) fail(usageLine(error));
    } else fail(errorLine(error));
  }
}

function fail(line: string): void {
  process.stderr.write(line);
  process.exitCode = WRONG_USAGE;
}

function usageLine({ message }: CommanderError): string {
  const said = message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  return `wsframe: ${said}; wsframe --help lists commands and options\n`;
}

function program(): Command {
  const root = new Command("wsframe")
    .description(
      "The frame inspector for WebSocket (RFC 6455): every field of every frame, and every rule that was broken.",
    )
    .version(WSFRAME_VERSION)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText("after", EXAMPLES);
  for (const command of [decodeCommand(), encodeCommand()]) root.addCommand(command.copyInheritedSettings(root));
  return root;
}

const EXAMPLES = `
Examples:
  wsframe decode "81 05 48 65 6c 6c 6f"       a frame in hex
  wsframe decode "b'\\x81\\x83\\xceH\\xb6\\x85\\xffz\\x85'"  what a Python server printed
  wsframe decode --to list < server.log       the bytes literals in a log, a line a frame
  wsframe encode "hello"                      a server's text frame
`;
