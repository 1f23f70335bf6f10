import { lineOf } from "./error-line.js";
import { writeError } from "./standard-streams.js";

/** Says something to the person, beside the output: on one line, whatever names of the wire are in it. */
export function say(line: string): void {
  writeError(lineOf(line));
}
