import { existsSync, statSync } from "node:fs";
import { quote } from "../../bytes/safe-text.js";
import { InputError } from "../../input/input-error.js";
import { UsageError } from "../usage-error.js";

/** The error to report when arguments cannot be read: a better one if they are a file name or an error message. */
export async function findArgumentError(words: readonly string[], error: unknown): Promise<unknown> {
  if (!(error instanceof InputError)) return error;
  const file = words.find((word) => existsSync(word) && statSync(word).isFile());
  if (file !== undefined) return new UsageError(`${quote(file)} is a file: use --read ${quote(file)}`);
  const text = words.join(" ").trim();
  if (!(await isErrorMessage(text))) return error;
  return new UsageError(`${quote(text)} is an error message, not bytes: use wsframe explain ${quote(text)}`);
}

/** Whether a text is an error message that `wsframe explain` knows. */
async function isErrorMessage(text: string): Promise<boolean> {
  // A single word is more likely mistyped bytes.
  if (!/\s/.test(text)) return false;
  const { lookUp } = await import("../../explain/search.js");
  return lookUp(text).kind === "matched";
}
