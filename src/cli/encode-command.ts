import { Command } from "commander";
import { NOTATIONS } from "../input/notation/notations.js";
import { WRITERS } from "../view/frame-writers.js";
import type { EncodeOptions } from "./commands/encode.js";

/** What the command line says of `wsframe encode`. The command itself is loaded when it runs. */
export function encodeCommand(): Command {
  const from = ["text", ...NOTATIONS.map(({ name }) => name)].join(", ");
  const to = [...Object.keys(WRITERS), "table", "json"].join(", ");
  return new Command("encode")
    .description("build frames: a server's text frame unless told otherwise")
    .argument("[text]", "the payload; none, or -: stdin, byte for byte; after --, it may begin with -")
    .option("-r, --read <file>", "the payload from a file")
    .option("-f, --from <format>", `how the payload is written: ${from}`, "text")
    .option("-t, --to <format>", `how the frames are written: ${to}`, "hex")
    .option(
      "-o, --opcode <opcode>",
      "text, binary, continuation, close, ping, pong, or 0x0 to 0xF (default: text; close with --close-code)",
    )
    .option("-m, --mask", "mask as a client does, with a fresh random key for each frame")
    .option("--masking-key <key>", "mask with this key, 8 hex digits")
    .option("--close-code <n>", "status code of a Close frame; the text is its reason")
    .option("--fragment <size>", "split into fragments of at most this many payload bytes (64, 4KiB)")
    .option("--deflate", "compress as permessage-deflate does, and set RSV1 on the first frame")
    .option("--no-fin", "leave FIN 0 on the last frame")
    .option("--rsv1", "set RSV1 on every frame")
    .option("--rsv2", "set RSV2 on every frame")
    .option("--rsv3", "set RSV3 on every frame")
    .option("--length-bits <bits>", "write the length in this form: 7, 16 or 64")
    .option("--length <n>", "announce this length, whatever the payload has")
    .option("--invalid", "allow a frame that breaks the RFC")
    .option("--color <when>", "auto, always or never, for --to table", "auto")
    .addHelpText("after", "\nExit code: 0 written; 2 wrong usage, or a frame that breaks the RFC without --invalid.")
    .action(async (text: string | undefined, options: EncodeOptions) => {
      const { encode } = await import("./commands/encode.js");
      process.exitCode = await encode(text, options);
    });
}
