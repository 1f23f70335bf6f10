import { formatErrorLine } from "./error-line.js";
import { writeStderr } from "./standard-streams.js";

/** Says something to the person, beside the output: on one line, whatever names of the wire are in it. */
export function note(line: string): void {
  writeStderr(formatErrorLine(line));
}
