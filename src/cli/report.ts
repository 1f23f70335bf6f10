import { InputError } from "../input/input-error.js";
import { withoutCredentials } from "./credentials.js";
import { UsageError } from "./usage-error.js";

/** Puts an error on one line, as a person needs it: what, where, and what would be right. */
export function errorLine(error: unknown): string {
  if (error instanceof InputError) return `wsframe: ${oneLine(inputError(error))}\n`;
  if (error instanceof UsageError) return `wsframe: ${oneLine(error.message)}\n`;
  const { code, message } = error as NodeJS.ErrnoException;
  return `wsframe: ${oneLine(code === undefined ? `internal error: ${message}` : message)}\n`;
}

function inputError({ message, place, hint }: InputError): string {
  if (place === null) return `${message}; ${hint}`;
  const { offset, line, column, excerpt } = place;
  const near = excerpt === "" ? "" : `, near "${excerpt}"`;
  return `${message} (line ${line}, column ${column}, offset ${offset}${near}); ${hint}`;
}

/** A line of ours that speaks of an input, a file name or an argument: none of their controls reaches the terminal, and no password. */
export function oneLine(text: string): string {
  return withoutCredentials(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (character) => {
      const code = (character.codePointAt(0) as number).toString(16);
      return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
    },
  );
}
