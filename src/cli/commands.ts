import { Command } from "commander";

/** A command, before it is loaded. */
interface CommandEntry {
  readonly summary: string;
  load(): Promise<{ configure(command: Command): void }>;
}

/** Every command; its module is loaded when the command is used, since loading all of them takes longer than running one. */
const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  decode: {
    summary: "decode bytes given as arguments, in files, or on stdin",
    load: () => import("./commands/decode.js"),
  },
  encode: {
    summary: "build frames: a server's text frame unless told otherwise",
    load: () => import("./commands/encode.js"),
  },
  handshake: {
    summary: "read, check and answer an opening handshake: a request, a response, or both",
    load: () => import("./commands/handshake.js"),
  },
  explain: {
    summary: "a rule, close code, opcode, field or header, or another program's error message, in plain words",
    load: () => import("./commands/explain.js"),
  },
  listen: {
    summary: "be a server to test clients with, and show the frames",
    load: () => import("./commands/listen.js"),
  },
  connect: {
    summary: "be a client to test servers with: lines of stdin go out, and the frames are shown",
    load: () => import("./commands/connect.js"),
  },
  proxy: {
    summary: "stand between clients and a server: relay every byte, and show the frames",
    load: () => import("./commands/proxy.js"),
  },
};

/** The command that is named among the words of a command line, with its options. Else all of them, as the list of commands shows them. */
export async function loadCommands(words: readonly string[]): Promise<Command[]> {
  const named = words.find((word) => Object.hasOwn(COMMANDS, word));
  if (named === undefined)
    return Object.entries(COMMANDS).map(([name, { summary }]) => new Command(name).description(summary));
  const { summary, load } = COMMANDS[named] as CommandEntry;
  const command = new Command(named).description(summary);
  (await load()).configure(command);
  return [command];
}
