import { Command } from "commander";
import { CAPTURES } from "../input/capture/captures.js";
import { NOTATIONS } from "../input/notation/notations.js";
import { VIEWS } from "../view/views.js";
import type { DecodeOptions } from "./commands/decode.js";

/** What the command line says of `wsframe decode`. The command itself is loaded when it runs. */
export function decodeCommand(): Command {
  const notations = NOTATIONS.map(({ name, reads }) => `  ${name.padEnd(8)} ${reads}`).join("\n");
  const captures = CAPTURES.map(({ name, reads }) => `  ${name.padEnd(9)} ${reads}`).join("\n");
  const views = Object.entries(VIEWS).map(([name, { shows }]) => `  ${name.padEnd(8)} ${shows}`);
  return new Command("decode")
    .description("decode bytes given as arguments, in files, or on stdin")
    .argument(
      "[bytes...]",
      "the bytes, in any notation; several are joined; none, or -: stdin; after --, they may begin with -",
    )
    .option("-r, --read <file...>", "read files; - is stdin")
    .option("-f, --from <format>", "the notation of the input (below)", "auto")
    .option("-t, --to <format>", "how frames are shown (below) (default: table; list for captures)")
    .option("-s, --sender <side>", "client, server, or auto: masked frames are a client's", "auto")
    .option("--messages", "whole messages, and control frames, in place of frames")
    .option("--extensions <header>", "the extensions that a handshake agreed, when the input has none")
    .option("--deflate", "short for --extensions permessage-deflate")
    .option("--no-inflate", "leave compressed messages as they are")
    .option("--max-payload <size>", "bytes of one payload that are kept; the rest is validated and counted", "16MiB")
    .option("--port <n>", "in a capture, take the connections of this port for WebSocket, whatever they look like")
    .option("--stream <n>", "show this connection only, of several in the input")
    .option("--frame <n[-m]>", "show these frames only")
    .option("--only <kinds>", "show these kinds only, separated by commas: opcode names, handshake, findings")
    .option("--grep <regex>", "show frames only in whose text payload this occurs")
    .option("--color <when>", "auto, always or never; NO_COLOR and FORCE_COLOR are honoured", "auto")
    .addHelpText(
      "after",
      `\nNotations (--from):\n${notations}\n  ${"auto".padEnd(8)} finds out\n\nCaptures (--from too):\n${captures}\n\nViews (--to):\n${views.join("\n")}\n\n` +
        "Exit code: 0 decoded, and no rule of severity error broken; 1 at least one broken;\n2 wrong usage, or input that cannot be read.",
    )
    .action(async (bytes: string[], options: DecodeOptions) => {
      const { decode } = await import("./commands/decode.js");
      process.exitCode = await decode(bytes, options);
    });
}
