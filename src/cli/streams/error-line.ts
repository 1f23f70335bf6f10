import { makeSafe, type SafeText, safely } from "../../bytes/safe-text.js";
import { formatCount } from "../../bytes/size.js";
import { InputError } from "../../input/input-error.js";
import { UsageError } from "../usage-error.js";
import { hideCredentials } from "./credentials.js";

/** Formats an error on one line: what is wrong, where, and how to fix it. */
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

/** The maximum length of a line, in characters. */
const MAX_ERROR_LINE_CHARACTERS = 1400;

/** A line for standard error that is safe for any input, file name or argument in it, with passwords removed. */
export function formatErrorLine(message: string): SafeText {
  const shown = hideCredentials(message);
  const cut =
    shown.length > MAX_ERROR_LINE_CHARACTERS
      ? `${shown.slice(0, MAX_ERROR_LINE_CHARACTERS)}… (${formatCount(shown.length, "character")})`
      : shown;
  return safely`wsframe: ${makeSafe(cut)}\n`;
}
