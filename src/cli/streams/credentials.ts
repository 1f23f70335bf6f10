/** The text that replaces a name and a password. */
const HIDDEN_CREDENTIALS = "***@";

/** The start of a URL, possibly mistyped (`wss//`). */
const URL_SCHEME = /^[a-z][a-z0-9+.-]{0,20}:?[\\/]+/i;

/** The start of a URL, also with backslashes. */
const URL_START = /[a-z][a-z0-9+.-]{0,20}(?::?\/\/|:\\)/i;

/** A URL in a line. */
const URL_IN_LINE = /[a-z][a-z0-9+.-]{0,20}:?\/\/[^\s"']*/gi;

/** A name, a password and the start of a host in a line without a scheme. */
const BARE_CREDENTIALS = /(?<![^\s"'`([=])[^\s"'`([=/?#:@]+:[^\s"'/?#]+@/g;

/** Removes the names and passwords of all URLs in a line. */
export function hideCredentials(line: string): string {
  if (!line.includes("@")) return line;
  return hideQuotedCredentials(line)
    .replace(URL_IN_LINE, hideUrlCredentials)
    .replace(BARE_CREDENTIALS, HIDDEN_CREDENTIALS);
}

/** Quoted text may be a URL whose password has blanks or quotes; the URL ends at the closing quote. */
function hideQuotedCredentials(line: string): string {
  const parts = line.split(/(?<!\\)"/);
  // Every second part is in quotes, and so is the last one if a quote is not closed.
  return parts.map((part, index) => (index % 2 === 0 ? part : hideFirstUrlCredentials(part))).join('"');
}

function hideFirstUrlCredentials(text: string): string {
  const at = text.search(URL_START);
  return at < 0 ? text : text.slice(0, at) + hideUrlCredentials(text.slice(at));
}

/**
 * A URL as typed, for an error that quotes it. A password may contain any character, so its end in an invalid URL is unknown:
 * everything up to the last `@` is removed, unless the URL has no credentials.
 */
export function hideUrlCredentials(text: string): string {
  const at = text.lastIndexOf("@");
  if (at < 0 || (URL.canParse(text) && hasNoCredentials(new URL(text)))) return text;
  return `${URL_SCHEME.exec(text)?.[0] ?? ""}${HIDDEN_CREDENTIALS}${text.slice(at + 1)}`;
}

function hasNoCredentials({ username, password, host, hash }: URL): boolean {
  return host !== "" && username === "" && password === "" && !hash.includes("@");
}
