import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { resolve } from "node:path";
import type { AnyRecord } from "./any-record.js";
import { startProcess } from "./processes.js";
import { waitFor } from "./queue.js";

/** How a command ended: its exit code, or the signal that killed it. */
export type LiveEnd = number | NodeJS.Signals | null;

/** A running live command, in its built form. */
export class LiveCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<LiveEnd>;
  #stdout = "";
  #stderr = "";
  #listeners = new Set<() => void>();

  /**
   * @param args the arguments of `wsframe`
   * @param variables additional environment variables
   * @param limits shell commands to run first, such as `ulimit -n 40`
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

  /** Waits until stdout or stderr matches. */
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

  /** The listening port, once it is open. */
  async waitForPort(): Promise<number> {
    const [, port] = await this.waitForOutput(/wss?:\/\/\S*?:(\d+)/, "stderr");
    return Number(port);
  }

  /** Writes to stdin. */
  typeLines(...lines: readonly string[]): void {
    this.child.stdin.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Waits for the end of the command. */
  waitForEnd(): Promise<LiveEnd> {
    return waitFor("its end", this.ended, () => ` (stderr: ${JSON.stringify(this.#stderr)})`);
  }

  /** Interrupts the command, like Ctrl-C. */
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
