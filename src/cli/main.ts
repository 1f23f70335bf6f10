import { Command, CommanderError } from "commander";
import { excerpt, makeLinesSafe, type SafeText } from "../bytes/safe-text.js";
import { addCommands, findCommandName } from "./commands.js";
import { HELP_STYLE } from "./help.js";
import { hideUrlCredentials } from "./streams/credentials.js";
import { formatError, formatErrorLine } from "./streams/error-line.js";
import { note } from "./streams/note.js";
import { Output, OutputClosedError } from "./streams/output.js";
import { listenForInterrupts } from "./streams/signals.js";
import { writeStderr } from "./streams/standard-streams.js";

/** Set by the build to the version in package.json. */
declare const WSFRAME_VERSION: string;

const USAGE_EXIT_CODE = 2;
const VERSION_FLAGS = ["-V", "--version"];

/** Runs the command line. The exit code is set, not forced, so that the output drains; only an interrupt ends it at once. */
export async function main(argv: readonly string[]): Promise<void> {
  listenForInterrupts();
  replaceWarnings();
  process.on("uncaughtException", (error) => {
    writeStderr(formatError(error));
    process.exit(USAGE_EXIT_CODE);
  });
  const output = new Output();
  try {
    const root = await buildProgram(argv.slice(2), (text) => output.write(makeLinesSafe(text)));
    if (argv.length === 2) root.outputHelp();
    else await runProgram(root, argv);
    await output.flush();
  } catch (error) {
    if (error instanceof OutputClosedError) return;
    writeStderr(error instanceof CommanderError ? formatUsageError(error, argv) : formatError(error));
    process.exitCode = USAGE_EXIT_CODE;
  }
}

/**
 * Node prints its warnings unescaped, and most concern the program, so its users can do nothing about them. The others concern
 * the user's environment, such as a file in NODE_EXTRA_CA_CERTS that cannot be read.
 */
function replaceWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message }) => {
    if (name === "Warning") note(message);
  });
}

async function runProgram(root: Command, argv: readonly string[]): Promise<void> {
  try {
    await root.parseAsync(argv as string[]);
  } catch (error) {
    // commander printed the help or version, which is not a failure.
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

function formatUsageError({ code, message }: CommanderError, argv: readonly string[]): SafeText {
  const text = code === "commander.help" ? "unknown command" : shortenQuoted(message.replace(/^error: /, ""));
  const lines = text
    .replace(/\.$/, "")
    .split("\n")
    .map((line) => line.trim());
  const command = findCommandName(argv.slice(2));
  return formatErrorLine(`${lines.join(" ")}; see wsframe ${command === undefined ? "" : `${command} `}--help`);
}

/** Text that commander quotes comes from the command line: it may be long, or contain a URL with a password. */
function shortenQuoted(message: string): string {
  const [from, to] = [message.indexOf("'") + 1, message.lastIndexOf("'")];
  return from < to
    ? message.slice(0, from) + excerpt(hideUrlCredentials(message.slice(from, to))) + message.slice(to)
    : message;
}

async function buildProgram(words: readonly string[], write: (text: string) => void): Promise<Command> {
  const root = new Command("wsframe")
    .description(
      "The frame inspector for WebSocket (RFC 6455): shows every field of every frame and every broken rule.",
    )
    .version(WSFRAME_VERSION)
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp(HELP_STYLE)
    .configureOutput({ writeOut: write, outputError: () => {} })
    .addHelpText("after", EXAMPLES);
  if (!VERSION_FLAGS.includes(words[0] ?? "")) await addCommands(root, words);
  return root;
}

const EXAMPLES = `
Examples:
  wsframe decode "81 05 48 65 6c 6c 6f"     decode a frame in hex
  wsframe decode "b'\\x81\\x05Hello'"         decode bytes printed by Python
  wsframe decode --to list < server.log     list the frames in a log
  wsframe encode "hello"                    build a server's text frame
  wsframe handshake < head.txt              check an opening handshake
  wsframe explain 1006                      explain a close code
`;
