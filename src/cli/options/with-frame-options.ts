import type { Command } from "commander";

/** Adds the options that describe frames to build. */
export function addFrameOptions(command: Command): Command {
  return command
    .option(
      "-o, --opcode <opcode>",
      "text, binary, continuation, close, ping, pong, or 0x0 to 0xF (default: text; close with --close-code)",
    )
    .option("-m, --mask", "mask each frame with a random key, as a client does")
    .option("--masking-key <key>", "mask with this key (8 hex digits)")
    .option("--close-code <n>", "status code of a Close frame; the payload is its reason")
    .option("--fragment <size>", "split into fragments of at most this many payload bytes, such as 64 or 4KiB")
    .option("--deflate", "compress with permessage-deflate and set RSV1 on the first frame")
    .option("--no-fin", "clear FIN on the last frame")
    .option("--rsv1", "set RSV1 on every frame")
    .option("--rsv2", "set RSV2 on every frame")
    .option("--rsv3", "set RSV3 on every frame")
    .option("--length-bits <bits>", "length form: 7, 16 or 64 bits")
    .option("--length <n>", "payload length in the header, even if it is wrong");
}
