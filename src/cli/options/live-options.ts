import type { Command } from "commander";
import { collectValues } from "./repeatable.js";

/** The options that `listen`, `connect` and `proxy` have in common, as they were given. */
export interface LiveOptions {
  readonly to?: string;
  readonly messages?: boolean;
  readonly inflate: boolean;
  readonly maxPayload: string;
  readonly stream?: string;
  readonly frame?: string;
  readonly only?: string;
  readonly grep?: string;
  readonly record?: readonly string[];
  readonly overwrite?: boolean;
  readonly color: string;
}

/** Adds to a command what says how its connections are shown. */
export function addLiveOptions(command: Command): Command {
  return command
    .option("-t, --to <format>", "how frames are shown, as in decode", "list")
    .option("--messages", "whole messages, and control frames, in place of frames")
    .option("--no-inflate", "leave compressed messages as they are")
    .option("--max-payload <size>", "bytes of one payload that are kept; the rest is validated and counted", "16MiB")
    .option("--stream <n>", "show this connection only")
    .option("--frame <n[-m]>", "show these frames only")
    .option("--only <kinds>", "show these only: opcode names, handshake, findings; with commas between")
    .option("--grep <regex>", "show what has text that this matches")
    .option(
      "--record <file>",
      "record what crosses: .pcapng (Wireshark opens it), .ndjson, .txt (the lines of list); may be given again",
      collectValues,
    )
    .option("--overwrite", "let --record replace files that exist")
    .option("--color <when>", "auto, always or never", "auto");
}
