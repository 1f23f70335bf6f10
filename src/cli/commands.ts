import type { Command } from "commander";

/** A command whose module is not loaded yet. */
interface CommandEntry {
  readonly summary: string;
  load(): Promise<{ configure(command: Command): void }>;
}

/** Every command. A module is loaded on first use, because loading all of them takes longer than running one. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  decode: {
    summary: "decode bytes, files, captures or stdin",
    load: () => import("./commands/decode.js"),
  },
  encode: {
    summary: "build frames (default: a server's text frame)",
    load: () => import("./commands/encode.js"),
  },
  handshake: {
    summary: "check or answer an opening handshake",
    load: () => import("./commands/handshake.js"),
  },
  explain: {
    summary: "explain a rule, opcode, close code, header or error message",
    load: () => import("./commands/explain.js"),
  },
  listen: {
    summary: "run a test server and show the frames",
    load: () => import("./commands/listen.js"),
  },
  connect: {
    summary: "run a test client: send lines of stdin, show the frames",
    load: () => import("./commands/connect.js"),
  },
  proxy: {
    summary: "relay between clients and a server, and show the frames",
    load: () => import("./commands/proxy.js"),
  },
};

/** The first word of a command line that names a command. */
export function findCommandName(words: readonly string[]): string | undefined {
  return words.find((word) => Object.hasOwn(COMMANDS, word));
}

/** Adds the command that a command line names, with its options; otherwise all commands, as the list of commands shows them. */
export async function addCommands(root: Command, words: readonly string[]): Promise<void> {
  const named = findCommandName(words);
  const names = named === undefined ? Object.keys(COMMANDS) : [named];
  for (const name of names) {
    const { summary, load } = COMMANDS[name] as CommandEntry;
    const command = root.command(name).description(summary);
    if (named !== undefined) (await load()).configure(command);
  }
}
