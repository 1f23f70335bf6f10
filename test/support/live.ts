import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { resolve } from "node:path";
import type { AnyRecord } from "./any-record.js";
import { startProcess } from "./processes.js";
import { waitFor } from "./queue.js";

/** How a command ended: its exit code, or the signal that ended it. */
export type LiveEnd = number | NodeJS.Signals | null;

/** A live command that runs, built as users have it. */
export class LiveCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<LiveEnd>;
  #stdout = "";
  #stderr = "";
  #listeners = new Set<() => void>();

  /**
   * @param args of `wsframe`
   * @param variables that its environment has besides ours
   * @param limits what a shell does before it becomes the command, such as `ulimit -n 40`
   */
  constructor(args: readonly string[], variables: NodeJS.ProcessEnv = {}, limits = ":") {
    const { NO_COLOR, FORCE_COLOR, COLUMNS, ...env } = process.env;
    const shell = ["-c", `${limits}; exec "$0" "$@"`, process.execPath, resolve("bin/wsframe.js"), ...args];
    const child = startProcess("bash", shell, { ...env, ...variables });
    this.child = child;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
      this.#notifyListeners();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
      this.#notifyListeners();
    });
    this.ended = new Promise((done) =>
      child.once("close", (code, signal) => {
        done(code ?? signal);
        this.#notifyListeners();
      }),
    );
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The records on stdout, of `--to ndjson`. */
  get records(): AnyRecord[] {
    return this.#stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** Waits until stdout, or stderr, has a text that is looked for. */
  async waitForOutput(pattern: RegExp, where: "stdout" | "stderr" = "stdout"): Promise<RegExpExecArray> {
    let found = pattern.exec(this[where]);
    const printed = (): string =>
      ` (${where}: ${JSON.stringify(this[where].slice(-2000))}; stderr: ${JSON.stringify(this.#stderr)})`;
    const there = new Promise<void>((done) => {
      const look = (): void => {
        found = pattern.exec(this[where]);
        if (found === null) return;
        this.#listeners.delete(look);
        done();
      };
      this.#listeners.add(look);
      look();
    });
    await waitFor(`${pattern} on ${where}`, there, printed);
    return found as unknown as RegExpExecArray;
  }

  /** The port that it listens on, once it does. */
  async waitForPort(): Promise<number> {
    const [, port] = await this.waitForOutput(/wss?:\/\/\S*?:(\d+)/, "stderr");
    return Number(port);
  }

  /** Writes to its stdin. */
  typeLines(...lines: readonly string[]): void {
    this.child.stdin.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Waits until it has ended. */
  waitForEnd(): Promise<LiveEnd> {
    return waitFor("its end", this.ended, () => ` (stderr: ${JSON.stringify(this.#stderr)})`);
  }

  /** Ends it as Ctrl-C does. */
  interrupt(): Promise<LiveEnd> {
    this.child.kill("SIGINT");
    return this.waitForEnd();
  }

  #notifyListeners(): void {
    for (const told of this.#listeners) told();
  }
}

/** Starts a live command and waits until it listens. */
export async function startLive(...args: readonly string[]): Promise<LiveCommand & { readonly on: number }> {
  const command = new LiveCommand([...args, "--port", "0"]);
  return Object.assign(command, { on: await command.waitForPort() });
}
