import type { Command } from "commander";

/** Adds to a command what says how frames are built. */
export function addFrameOptions(command: Command): Command {
  return command
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
    .option("--length <n>", "announce this length, whatever the payload has");
}
