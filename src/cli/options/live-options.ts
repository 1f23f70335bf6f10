import type { Command } from "commander";
import { collectValues } from "./repeatable.js";

/** The options that `listen`, `connect` and `proxy` share, as given. */
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

/** Adds the options for how connections are shown. */
export function addLiveOptions(command: Command): Command {
  return command
    .option("-t, --to <view>", "how to show frames, as in decode", "list")
    .option("--messages", "show whole messages and control frames, not each frame")
    .option("--no-inflate", "leave compressed messages as they are")
    .option("--max-payload <size>", "bytes to keep of each payload; the rest is still validated", "16MiB")
    .option("--stream <n>", "show only this connection")
    .option("--frame <n[-m]>", "show only these frames")
    .option("--only <kinds>", "show only these, comma-separated: opcode names, handshake, findings")
    .option("--grep <regex>", "show only frames whose text matches")
    .option(
      "--record <file>",
      "record the traffic as .pcapng (for Wireshark), .ndjson or .txt (list view) (repeatable)",
      collectValues,
    )
    .option("--overwrite", "let --record replace files that exist")
    .option("--color <when>", "auto, always or never; auto follows NO_COLOR and FORCE_COLOR", "auto");
}
