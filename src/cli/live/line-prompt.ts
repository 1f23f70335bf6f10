import { createInterface, type Interface } from "node:readline";
import { Transform } from "node:stream";
import { note } from "../streams/note.js";
import { isTerminal } from "../streams/standard-streams.js";

/** Receives the lines of standard input. */
export interface LinePromptHost {
  line(line: string): void;
  end(): void;
  /** A line exceeds the limit; no more lines are read. */
  fault(message: string): void;
  /** The user typed Ctrl-C at the prompt. */
  interrupt(): void;
}

/** The maximum length of a line, in bytes. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Passes bytes through until a line exceeds the limit. */
function createLineLimiter(): Transform {
  let line = 0;
  return new Transform({
    transform(bytes: Buffer, _, done) {
      const last = bytes.lastIndexOf(NEWLINE);
      line = last < 0 ? line + bytes.length : bytes.length - last - 1;
      if (line > MAX_LINE_BYTES) done(new Error("a line of standard input is longer than 64 MiB; the rest is ignored"));
      else done(null, bytes);
    },
  });
}

/** Reads the lines of standard input. On a terminal, it shows a prompt and keeps it intact while other output is written. */
export class LinePrompt {
  readonly #readline: Interface;
  readonly #isInteractive = isTerminal("stdin") && isTerminal("stderr");

  constructor(host: LinePromptHost) {
    this.#readline = createInterface({
      ...(this.#isInteractive
        ? { input: process.stdin, output: process.stderr, prompt: "> ", terminal: true }
        : { input: process.stdin.pipe(createLineLimiter()) }),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    this.#readline.on("line", (line) => {
      host.line(line);
      this.show();
    });
    this.#readline.on("error", ({ message }: Error) => host.fault(message));
    this.#readline.on("close", () => host.end());
    this.#readline.on("SIGINT", () => host.interrupt());
    if (this.#isInteractive) note("type a message, or /help");
    this.show();
  }

  /** Removes the prompt, so that other output can be written in its place. */
  hide(): void {
    if (!this.#isInteractive) return;
    const { rows } = this.#readline.getCursorPos();
    process.stderr.write(`\r${rows > 0 ? `\u001b[${rows}A` : ""}\u001b[J`);
    // Otherwise it would move up once more before it rewrites the line.
    (this.#readline as Interface & { prevRows: number }).prevRows = 0;
  }

  /** Shows the prompt and the text typed so far. */
  show(): void {
    if (this.#isInteractive) this.#readline.prompt(true);
  }

  /** Pauses reading; waiting lines are read later. */
  pause(): void {
    this.#readline.pause();
  }

  resume(): void {
    this.#readline.resume();
  }

  close(): void {
    this.hide();
    this.#readline.removeAllListeners("close");
    this.#readline.close();
    process.stdin.destroy();
  }
}
