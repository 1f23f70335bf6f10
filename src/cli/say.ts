import { oneLine } from "./report.js";

/** Says something to the person, beside the output: on one line, whatever names of the wire are in it. */
export function say(line: string): void {
  process.stderr.write(`wsframe: ${oneLine(line)}\n`);
}
