import { createInterface, type Interface } from "node:readline";
import { Transform } from "node:stream";
import { isTerminal } from "../streams/standard-streams.js";

/** What is told of the lines of standard input. */
export interface LinesHost {
  line(line: string): void;
  end(): void;
  /** A line is too long to be one; no more are read. */
  fault(message: string): void;
  /** Ctrl-C was typed at the prompt. */
  interrupt(): void;
}

/** Bytes of a line, at most. */
const LONGEST = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Passes on bytes as long as they have lines. */
function linesOnly(): Transform {
  let line = 0;
  return new Transform({
    transform(bytes: Buffer, _, done) {
      const last = bytes.lastIndexOf(NEWLINE);
      line = last < 0 ? line + bytes.length : bytes.length - last - 1;
      if (line > LONGEST) done(new Error("standard input has a line of more than 64 MiB: nothing more of it is read"));
      else done(null, bytes);
    },
  });
}

/** The lines of standard input: of a terminal with a prompt, which what is shown in between leaves whole. */
export class TypedLines {
  readonly #lines: Interface;
  readonly #prompts = isTerminal("stdin") && isTerminal("stderr");

  constructor(host: LinesHost) {
    this.#lines = createInterface({
      ...(this.#prompts
        ? { input: process.stdin, output: process.stderr, prompt: "> ", terminal: true }
        : { input: process.stdin.pipe(linesOnly()) }),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    this.#lines.on("line", (line) => {
      host.line(line);
      this.prompt();
    });
    this.#lines.on("error", ({ message }: Error) => host.fault(message));
    this.#lines.on("close", () => host.end());
    this.#lines.on("SIGINT", () => host.interrupt());
    this.prompt();
  }

  /** Takes the prompt away, so that something else can be written in its place. */
  hide(): void {
    if (!this.#prompts) return;
    const { rows } = this.#lines.getCursorPos();
    process.stderr.write(`\r${rows > 0 ? `\u001b[${rows}A` : ""}\u001b[J`);
    // It would go up once more before it writes the line again.
    (this.#lines as Interface & { prevRows: number }).prevRows = 0;
  }

  /** Shows the prompt, and what was typed so far. */
  prompt(): void {
    if (this.#prompts) this.#lines.prompt(true);
  }

  /** The lines that wait are read later. */
  pause(): void {
    this.#lines.pause();
  }

  resume(): void {
    this.#lines.resume();
  }

  close(): void {
    this.hide();
    this.#lines.removeAllListeners("close");
    this.#lines.close();
    process.stdin.destroy();
  }
}
