import { Command } from "commander";
import type { ProxyArguments } from "./commands/proxy.js";
import { withLiveOptions } from "./live-options.js";
import { withDoorOptions } from "./with-door-options.js";

/** What the command line says of `wsframe proxy`. The command itself is loaded when it runs. */
export function proxyCommand(): Command {
  const command = new Command("proxy")
    .description("stand between clients and a server: relay every byte, and show the frames")
    .argument("<url>", "the server: ws://host:port or wss://host")
    .option("--insecure", "take any certificate of a wss:// server");
  return withLiveOptions(withDoorOptions(command))
    .addHelpText("after", NOTES)
    .action(async (url: string, options: ProxyArguments) => {
      const { proxy } = await import("./commands/proxy.js");
      process.exitCode = await proxy(url, options);
    });
}

const NOTES = `
Clients connect to the port in the server's place, with the path that they want.
Every byte is passed on as it is, the Host header too, before it is looked at;
plain HTTP goes through as well. Ctrl-C ends it.

Exit code: 130 after Ctrl-C; 2 when it cannot listen.`;
