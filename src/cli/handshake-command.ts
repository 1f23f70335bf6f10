import { Command } from "commander";
import type { HandshakeOptions } from "./commands/handshake.js";

/** What the command line says of `wsframe handshake`. The command itself is loaded when it runs. */
export function handshakeCommand(): Command {
  return new Command("handshake")
    .description("read, check and answer an opening handshake: a request, a response, or both")
    .argument("[head...]", "heads as text or in any notation of decode; none, or -: stdin")
    .option("-r, --read <file...>", "read files; - is stdin")
    .option("-f, --from <format>", "the notation of the input, as for decode", "auto")
    .option("-t, --to <format>", "how it is shown: a view of decode", "table")
    .option("--key <key>", "print the Sec-WebSocket-Accept that answers this key; with --reply the response")
    .option("--reply", "print the 101 response that a server must send")
    .option("--color <when>", "auto, always or never; NO_COLOR and FORCE_COLOR are honoured", "auto")
    .addHelpText(
      "after",
      "\nExit code: 0 no rule of severity error broken; 1 at least one; 2 wrong usage, or no handshake.",
    )
    .action(async (heads: string[], options: HandshakeOptions) => {
      const { handshake } = await import("./commands/handshake.js");
      process.exitCode = await handshake(heads, options);
    });
}
