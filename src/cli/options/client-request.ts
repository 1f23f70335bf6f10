import { randomBytes } from "node:crypto";
import { quote } from "../../bytes/safe-text.js";
import type { Target } from "../../live/transport.js";
import { isToken } from "../../protocol/handshake/http-syntax.js";
import { UsageError } from "../usage-error.js";
import { checkSubprotocols } from "./subprotocol.js";

/** The optional parts of an opening request. */
export interface RequestOptions {
  readonly header?: readonly string[];
  readonly subprotocol?: readonly string[];
  readonly origin?: string;
  readonly deflate?: boolean;
}

/** The offer that `--deflate` sends. It sets no limit on the server's window, which is the default. */
const DEFLATE_OFFER = "permessage-deflate; client_max_window_bits";

/** The request that opens a connection, and its key (RFC 6455 §4.1). A given header replaces the default one. */
export function buildRequest(
  target: Target,
  options: RequestOptions,
): { readonly request: string; readonly key: string } {
  const { url } = target;
  const given = (options.header ?? []).map((line) => parseHeaderOption(line));
  const key = randomBytes(16).toString("base64");
  const ours: [string, string][] = [
    ["Host", url.host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
  ];
  if (options.subprotocol !== undefined)
    ours.push(["Sec-WebSocket-Protocol", checkSubprotocols(options.subprotocol).join(", ")]);
  if (options.deflate) ours.push(["Sec-WebSocket-Extensions", DEFLATE_OFFER]);
  if (options.origin !== undefined) ours.push(buildOriginHeader(options.origin));
  if (url.username !== "" || url.password !== "") ours.push(["Authorization", `Basic ${encodeBasicCredentials(url)}`]);
  const replaced = new Set(given.map(([name]) => name.toLowerCase()));
  const headers = [...ours.filter(([name]) => !replaced.has(name.toLowerCase())), ...given];
  const used = given.find(([name]) => name.toLowerCase() === "sec-websocket-key")?.[1] ?? key;
  const lines = [`GET ${url.pathname}${url.search} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return { request: `${lines.join("\r\n")}\r\n\r\n`, key: used };
}

/** A header value without control characters: a line end would inject another header. */
const HEADER_VALUE = /^[\P{Cc}\t]*$/u;

function parseHeaderOption(line: string): [string, string] {
  const colon = Math.max(0, line.indexOf(":"));
  const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
  // A value may be a secret, so the error does not repeat it.
  const shown = line.slice(0, line.search(/[:\s]/) + 1);
  const quoted = quote(shown === "" ? line : `${shown}…`);
  if (!isToken(name) || !HEADER_VALUE.test(value))
    throw new UsageError(`--header must look like "Cookie: session=1", not ${quoted}`);
  // Characters beyond Latin-1 are sent as UTF-8, as browsers send them.
  return [name, Buffer.from(value.trim()).toString("latin1")];
}

function buildOriginHeader(origin: string): [string, string] {
  if (HEADER_VALUE.test(origin)) return parseHeaderOption(`Origin: ${origin}`);
  throw new UsageError(`--origin must not contain control characters: ${quote(origin)}`);
}

/** Basic authentication with name and password in UTF-8 (RFC 7617 §2). */
function encodeBasicCredentials({ username, password }: URL): string {
  try {
    return Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  } catch {
    throw new UsageError("a % in the URL's user name or password must be followed by two hex digits");
  }
}
