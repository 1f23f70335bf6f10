import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after } from "node:test";

/** The built command is one minified file, so its coverage is useless, and writing it takes as long as a short command. */
export const WITHOUT_COVERAGE: NodeJS.ProcessEnv = { NODE_V8_COVERAGE: "" };

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a program, and ends it after the tests of its file if it still runs. */
export function startProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcessWithoutNullStreams {
  const child = spawn(command, args, { stdio: "pipe", env: { ...env, ...WITHOUT_COVERAGE } });
  running.add(child);
  child.once("close", () => running.delete(child));
  child.stdin.on("error", () => {});
  return child;
}

/** The peak memory of a process in KiB, as Linux reports it. */
export async function readPeakMemory({ pid }: ChildProcess): Promise<number> {
  return Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
}
