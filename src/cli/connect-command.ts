import { Command } from "commander";
import type { ConnectArguments } from "./commands/connect.js";
import { each } from "./each.js";
import { withLiveOptions } from "./live-options.js";
import { HELP } from "./outgoing-help.js";

/** What the command line says of `wsframe connect`. The command itself is loaded when it runs. */
export function connectCommand(): Command {
  const command = new Command("connect")
    .description("be a client to test servers with: lines of stdin go out, and the frames are shown")
    .argument("<url>", "the server: ws://host:port/path or wss://user:password@host")
    .option("-H, --header <line>", 'add a header to the request: -H "Cookie: a=b"; may be given again', each)
    .option("--subprotocol <name>", "offer this subprotocol; may be given again", each)
    .option("--origin <origin>", "say that a page of this origin connects")
    .option("--deflate", "offer to compress messages (permessage-deflate)")
    .option("--insecure", "take any certificate of a wss:// server")
    .option("--once", "close after the first message that comes")
    .option("--wait <seconds>", "close so long after the end of stdin", "1")
    .option("--no-pong", "leave pings unanswered");
  return withLiveOptions(command)
    .addHelpText("after", `\nLines of stdin:\n${HELP.replace(/^/gm, "  ").trimEnd()}\n${NOTES}`)
    .action(async (url: string, options: ConnectArguments) => {
      const { connect } = await import("./commands/connect.js");
      process.exitCode = await connect(url, options);
    });
}

const NOTES = `
Exit code: 0 the connection was opened and closed as it should be; 1 the server
refused, broke a rule, or ended the connection with an error or without the
closing handshake; 2 wrong usage, or a server that cannot be reached; 130 after
Ctrl-C.`;
