import { Command } from "commander";
import { NOTATIONS } from "../input/notation/notations.js";
import { WRITERS } from "../view/frame-writers.js";
import type { EncodeOptions } from "./commands/encode.js";
import { withFrameOptions } from "./with-frame-options.js";

/** What the command line says of `wsframe encode`. The command itself is loaded when it runs. */
export function encodeCommand(): Command {
  const from = ["text", ...NOTATIONS.map(({ name }) => name)].join(", ");
  const to = [...Object.keys(WRITERS), "table", "json"].join(", ");
  const command = new Command("encode")
    .description("build frames: a server's text frame unless told otherwise")
    .argument("[text]", "the payload; none, or -: stdin, byte for byte; after --, it may begin with -")
    .option("-r, --read <file>", "the payload from a file")
    .option("-f, --from <format>", `how the payload is written: ${from}`, "text")
    .option("-t, --to <format>", `how the frames are written: ${to}`, "hex");
  return withFrameOptions(command)
    .option("--invalid", "allow a frame that breaks the RFC")
    .option("--color <when>", "auto, always or never, for --to table", "auto")
    .addHelpText("after", "\nExit code: 0 written; 2 wrong usage, or a frame that breaks the RFC without --invalid.")
    .action(async (text: string | undefined, options: EncodeOptions) => {
      const { encode } = await import("./commands/encode.js");
      process.exitCode = await encode(text, options);
    });
}
