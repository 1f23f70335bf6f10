import { Command } from "commander";
import type { ListenArguments } from "./commands/listen.js";
import { each } from "./each.js";
import { withLiveOptions } from "./live-options.js";
import { withDoorOptions } from "./with-door-options.js";

/** What the command line says of `wsframe listen`. The command itself is loaded when it runs. */
export function listenCommand(): Command {
  const command = new Command("listen")
    .description("be a server to test clients with, and show the frames")
    .option("--reply <how>", "echo; none; broadcast: what one client says goes to all others", "echo")
    .option(
      "--subprotocol <name>",
      "speak this one only; may be given again (default: whichever is offered first)",
      each,
    );
  return withLiveOptions(withDoorOptions(command))
    .option("--no-deflate", "agree to no compression")
    .option("--fragment <size>", "send messages in fragments of at most this many payload bytes")
    .option("--delay <ms>", "wait before a reply is sent, in milliseconds", "0")
    .option("--no-pong", "leave pings unanswered")
    .option("--close-code <n>", "answer a Close frame with this status code")
    .option("--drop-after <n>", "drop the connection, without a word, at a client's n-th frame")
    .option("--mask", "mask frames, as a server must not")
    .option("--accept <which>", "right, or wrong: a Sec-WebSocket-Accept of another key", "right")
    .addHelpText("after", "\nExit code: 130 after Ctrl-C; 2 when it cannot listen.")
    .action(async (options: ListenArguments) => {
      const { listen } = await import("./commands/listen.js");
      process.exitCode = await listen(options);
    });
}
