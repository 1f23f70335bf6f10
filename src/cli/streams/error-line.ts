import { makeSafe, type SafeText, safely } from "../../bytes/safe-text.js";
import { formatCount } from "../../bytes/size.js";
import { InputError } from "../../input/input-error.js";
import { UsageError } from "../usage-error.js";
import { hideCredentials } from "./credentials.js";

/** Puts an error on one line, as a person needs it: what, where, and what would be right. */
export function formatError(error: unknown): SafeText {
  if (error instanceof InputError) return formatErrorLine(formatInputError(error));
  if (error instanceof UsageError) return formatErrorLine(error.message);
  const { code, message } = error as NodeJS.ErrnoException;
  return formatErrorLine(code === undefined ? `internal error: ${message}` : message);
}

function formatInputError({ message, place, hint }: InputError): string {
  if (place === null) return `${message}; ${hint}`;
  const { offset, line, column, excerpt } = place;
  const near = excerpt === "" ? "" : `, near "${excerpt}"`;
  return `${message} (line ${line}, column ${column}, offset ${offset}${near}); ${hint}`;
}

/** Characters of a line that a person can read. */
const MAX_ERROR_LINE_CHARACTERS = 1400;

/** A line for standard error, whatever the input, a file name or an argument put into it: without passwords. */
export function formatErrorLine(said: string): SafeText {
  const shown = hideCredentials(said);
  const cut =
    shown.length > MAX_ERROR_LINE_CHARACTERS
      ? `${shown.slice(0, MAX_ERROR_LINE_CHARACTERS)}… (${formatCount(shown.length, "character")})`
      : shown;
  return safely`wsframe: ${makeSafe(cut)}\n`;
}
