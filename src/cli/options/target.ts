import { quote } from "../../bytes/safe-text.js";
import type { Target } from "../../live/link.js";
import { quotableUrl } from "../streams/credentials.js";
import { UsageError } from "../usage-error.js";

const PORTS: Readonly<Record<string, number>> = { "ws:": 80, "wss:": 443 };

/** A scheme whose colon or slash is missing, or a backslash, would be taken for a host. */
const MISTYPED = /^(?:wss?|https?)(?:\/\/|:\/(?!\/)|:?\\)/i;

/** Where a URL leads, which a person may give without its scheme. */
export function targetOf(text: string): Target {
  const url = parsed(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `ws://${text}`, text);
  const usual = PORTS[url.protocol];
  const quoted = quote(quotableUrl(text));
  if (usual === undefined) throw new UsageError(`${quoted} is no WebSocket URL: it begins with ws:// or wss://`);
  if (url.hash !== "")
    throw new UsageError(`${quoted} has a fragment (${quotableUrl(url.hash)}), which a WebSocket URL has not`);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { url, host, port: url.port === "" ? usual : Number(url.port), secure: url.protocol === "wss:" };
}

function parsed(text: string, given: string): URL {
  // http and https are what people have at hand.
  const named = text.replace(/^http(?=s?:\/\/)/i, "ws");
  if (URL.canParse(named) && !MISTYPED.test(given)) return new URL(named);
  throw new UsageError(`${quote(quotableUrl(given))} is no URL, such as ws://127.0.0.1:8080/chat or wss://example.org`);
}
