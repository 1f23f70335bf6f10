import { quote } from "../../bytes/safe-text.js";
import type { Target } from "../../live/transport.js";
import { hideUrlCredentials } from "../streams/credentials.js";
import { UsageError } from "../usage-error.js";

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "ws:": 80, "wss:": 443 };

/** A mistyped scheme (no colon, no slash, or a backslash), which would otherwise parse as a host. */
const MISTYPED_SCHEME = /^(?:wss?|https?)(?:\/\/|:\/(?!\/)|:?\\)/i;

/** The target of a URL, whose scheme may be omitted. */
export function parseTarget(text: string): Target {
  const url = parseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `ws://${text}`, text);
  const usual = DEFAULT_PORTS[url.protocol];
  const quoted = quote(hideUrlCredentials(text));
  if (usual === undefined) throw new UsageError(`a WebSocket URL must start with ws:// or wss://, not ${quoted}`);
  if (url.hash !== "")
    throw new UsageError(
      `a WebSocket URL must not have a fragment: remove ${hideUrlCredentials(url.hash)} from ${quoted}`,
    );
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { url, host, port: url.port === "" ? usual : Number(url.port), isSecure: url.protocol === "wss:" };
}

function parseUrl(text: string, given: string): URL {
  // Users often paste http and https URLs.
  const named = text.replace(/^http(?=s?:\/\/)/i, "ws");
  if (URL.canParse(named) && !MISTYPED_SCHEME.test(given)) return new URL(named);
  throw new UsageError(
    `invalid URL ${quote(hideUrlCredentials(given))}; expected one such as ws://127.0.0.1:8080/chat`,
  );
}
