import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { createScratchFolder } from "./folder.js";
import { WITHOUT_COVERAGE } from "./processes.js";

/** The output and exit code of a command. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

const BIN_FOLDER = createScratchFolder();
symlinkSync(resolve("bin/wsframe.js"), join(BIN_FOLDER, "wsframe"));

/** Runs a shell line with the built `wsframe` on its PATH, like a user's shell but without a terminal. */
export function runShell(line: string, options: SpawnSyncOptions = {}): CommandResult {
  const { NO_COLOR, FORCE_COLOR, COLUMNS, ...env } = process.env;
  const { stdout, stderr, status } = spawnSync("bash", ["-c", line], {
    input: "",
    maxBuffer: 2 ** 30,
    ...options,
    env: {
      ...env,
      ...WITHOUT_COVERAGE,
      PATH: `${BIN_FOLDER}:${process.env.PATH}`,
      LC_ALL: "C.UTF-8",
      ...options.env,
    },
    encoding: "utf8",
  });
  return { stdout: String(stdout), stderr: String(stderr), code: status };
}
