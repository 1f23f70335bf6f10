import { fstatSync, statSync, writeSync } from "node:fs";
import type { SafeText } from "../../bytes/safe-text.js";

/*
 * Opening one of Node's standard streams takes 4 ms, a third of a short command, so this code avoids
 * opening one where possible.
 */

const STREAM_NAMES = ["stdin", "stdout", "stderr"] as const;
type StreamName = (typeof STREAM_NAMES)[number];

/** Whether a standard stream is a terminal. */
export function isTerminal(name: StreamName): boolean {
  return !isKnownNonTerminal(STREAM_NAMES.indexOf(name)) && process[name].isTTY === true;
}

/** Whether a stream is certainly not a terminal: a file, a pipe, or /dev/null. */
function isKnownNonTerminal(stream: number): boolean {
  try {
    const kind = fstatSync(stream);
    return !kind.isCharacterDevice() || kind.rdev === statSync("/dev/null").rdev;
  } catch {
    return false;
  }
}

/** Writes as much as standard output accepts at once; returns the number of bytes written. Throws if writing fails. */
export function writeStdoutSync(bytes: Uint8Array): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}

/** Writes text to standard error. Nobody is left to report a failure of this to. */
export function writeStderr(text: SafeText): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(2, bytes, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    process.stderr.once("error", () => {});
    process.stderr.write(text);
  }
}
