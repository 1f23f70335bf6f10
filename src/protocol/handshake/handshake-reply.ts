import { findDeflateParamFault, PERMESSAGE_DEFLATE, parseWindowBits } from "../deflate/deflate-agreement.js";
import { type Extension, formatExtension } from "./extensions.js";
import { isHandshakeKey, parseExtensionHeaders } from "./handshake.js";
import { findHeaders, type HeaderField, type HttpHead, parseListElements } from "./http-head.js";

const SUPPORTED_VERSION = "13";

/** The response that accepts a connection (RFC 6455 §4.2.2). */
export function buildSwitchingResponse(accept: string, headers: readonly (readonly [string, string])[] = []): string {
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The response that refuses a request, after which the connection ends. */
export function buildRefusal(status: string, body: string, headers: readonly string[] = []): string {
  const lines = [
    `HTTP/1.1 ${status}`,
    ...headers,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** The response that refuses a request (RFC 6455 §4.2.1); `null` for a request that may get a 101. */
export function findRefusal(request: HttpHead): string | null {
  const first = (name: string): HeaderField | undefined => findHeaders(request, name)[0];
  const has = (name: string, token: string): boolean =>
    parseListElements(findHeaders(request, name)).some((element) => element.toLowerCase() === token);
  if (request.method !== "GET" || !has("Upgrade", "websocket") || !has("Connection", "upgrade"))
    return buildRefusal("426 Upgrade Required", "This is a WebSocket server (RFC 6455).\n", ["Upgrade: websocket"]);
  if (first("Sec-WebSocket-Version")?.value !== SUPPORTED_VERSION)
    return buildRefusal(
      "426 Upgrade Required",
      `This server supports Sec-WebSocket-Version ${SUPPORTED_VERSION} only.\n`,
      ["Upgrade: websocket", `Sec-WebSocket-Version: ${SUPPORTED_VERSION}`],
    );
  if (!isHandshakeKey(first("Sec-WebSocket-Key")?.value ?? ""))
    return buildRefusal("400 Bad Request", "Sec-WebSocket-Key is not 16 bytes in base64.\n");
  return null;
}

/**
 * The agreed form of the first acceptable compression offer, in which the server compresses each message separately, with the window
 * that the client asks for; `null` if there is none.
 */
export function acceptDeflateOffer(request: HttpHead): Extension | null {
  for (const { name, params } of parseExtensionHeaders(request)) {
    if (name !== PERMESSAGE_DEFLATE) continue;
    const names = params.map((param) => param.name);
    const legal = params.every((param) => findDeflateParamFault(param, false) === null);
    const window = params.find((param) => param.name === "server_max_window_bits");
    // zlib cannot compress with an 8-bit window.
    if (!legal || new Set(names).size < names.length || parseWindowBits(window) === 8) continue;
    return {
      name,
      params: [{ name: "server_no_context_takeover", value: null }, ...(window === undefined ? [] : [window])],
    };
  }
  return null;
}

/** The response headers for the agreed settings. */
export function buildAgreementHeaders(subprotocol: string | null, extension: Extension | null): [string, string][] {
  return [
    ...(subprotocol === null ? [] : [["Sec-WebSocket-Protocol", subprotocol] as [string, string]]),
    ...(extension === null ? [] : [["Sec-WebSocket-Extensions", formatExtension(extension)] as [string, string]]),
  ];
}
