import { formatErrorLine } from "./error-line.js";
import { writeStderr } from "./standard-streams.js";

/** Prints a note beside the output, on one line, with text from the wire escaped. */
export function note(line: string): void {
  writeStderr(formatErrorLine(line));
}
