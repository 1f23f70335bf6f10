import type { Command } from "commander";
import { ENDPOINT_CALLBACKS } from "../../live/endpoint-policy.js";
import { RelayingProxy } from "../../live/proxy.js";
import { addHelpSections } from "../help.js";
import { LiveSession } from "../live/live-session.js";
import { type LiveServer, serve } from "../live/serve.js";
import type { LiveOptions } from "../options/live-options.js";
import { addLiveOptions } from "../options/live-options.js";
import { parseServerOptions, type ServerArguments } from "../options/server-options.js";
import { parseTarget } from "../options/target.js";
import { addServerOptions } from "../options/with-server-options.js";
import { note } from "../streams/note.js";

/** Adds the arguments, options and action of `wsframe proxy`. */
export function configure(command: Command): void {
  command.argument("<url>", "server: ws://host:port or wss://host").option("--insecure", "skip certificate checks");
  addLiveOptions(addServerOptions(command)).addHelpText("after", NOTES);
  addHelpSections(command, {
    Example: { "wsframe proxy --port 9000 ws://127.0.0.1:8080": "clients connect to port 9000" },
    "Exit code": { 2: "wrong usage, or it cannot listen", 130: "interrupted" },
  }).action(async (url: string, options: ProxyArguments) => {
    process.exitCode = await proxy(url, options);
  });
}

const NOTES = `
Clients connect to this port instead of the server. Every byte is relayed
unchanged, the path and the Host header too; plain HTTP also works.`;

/** The options of `wsframe proxy`, as given. */
export interface ProxyArguments extends LiveOptions, ServerArguments {
  readonly insecure?: boolean;
}

/** Relays between clients and a server until it is interrupted; returns the exit code. */
export async function proxy(url: string, options: ProxyArguments): Promise<number> {
  const target = parseTarget(url);
  const address = parseServerOptions(options);
  const session = await LiveSession.open(options, true);
  const relay = new RelayingProxy({ ...address, target, insecure: options.insecure ?? false }, session);
  const { username, password, pathname, protocol, host } = target.url;
  const server: LiveServer = {
    get port() {
      return relay.port;
    },
    open: async () => {
      await relay.open();
      if (username !== "" || password !== "")
        note("the user name and password in the URL are ignored: requests are relayed unchanged");
    },
    close: (code) => relay.close(code, ENDPOINT_CALLBACKS.maskingKey),
  };
  return serve(server, address, session, (url) => `listening on ${url}${pathname}, relaying to ${protocol}//${host}`);
}
