import type { HttpHead } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeHttpVersion: HandshakeRule<{ side: string; version: string }> = {
  id: "handshake-http-version",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The handshake is HTTP/1.1 or later.",
  why: "Upgrade exists since HTTP/1.1; a server of HTTP/1.0 closes the connection after its response. Proxies that speak 1.0 to the server behind them, as nginx has long done by default, break WebSocket here.",
  cause:
    "a proxy that speaks HTTP/1.0 to the server (nginx does unless `proxy_http_version 1.1` is set), or an old client",
  fix: "send HTTP/1.1, and let a proxy do so too",
  formatMessage: ({ side, version }) => `the ${side} is ${version}; HTTP/1.1 is the least`,
  checkHandshake: ({ request, response }) =>
    [request, response].flatMap((head) =>
      head !== null && isTooOld(head) ? [buildFinding(head, head.version ?? "")] : [],
    ),
};

function isTooOld({ version }: HttpHead): boolean {
  return version !== null && /^HTTP\/(0\.\d+|1\.0)$/i.test(version);
}

function buildFinding({ kind, startLine }: HttpHead, version: string) {
  // A status line begins with the version, a request line ends with it.
  const offset = kind === "response" ? startLine.offset : startLine.offset + startLine.length - version.length;
  return { offset, length: version.length, detail: { side: kind, version } };
}
