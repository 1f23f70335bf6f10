import type { HttpHead } from "../protocol/handshake/http-head.js";
import type { HandshakeRule } from "./rule.js";

export const handshakeHttpVersion: HandshakeRule<{ side: string; version: string }> = {
  id: "handshake-http-version",
  severity: "error",
  reference: "RFC 6455 §4.1",
  failCode: null,
  requirement: "The handshake must use HTTP/1.1 or later.",
  why: "Upgrade was introduced in HTTP/1.1; an HTTP/1.0 server closes the connection after its response. A proxy that uses HTTP/1.0 to the server behind it breaks WebSocket.",
  cause:
    "a proxy that uses HTTP/1.0 to the server behind it (such as an older nginx without `proxy_http_version 1.1`), or an old client",
  fix: "send HTTP/1.1, and configure any proxy to do the same",
  formatMessage: ({ side, version }) => `the ${side} uses ${version}; HTTP/1.1 or later is required`,
  checkHandshake: ({ request, response }) =>
    [request, response].flatMap((head) =>
      head !== null && isTooOld(head) ? [buildFinding(head, head.version ?? "")] : [],
    ),
};

function isTooOld({ version }: HttpHead): boolean {
  return version !== null && /^HTTP\/(0\.\d+|1\.0)$/i.test(version);
}

function buildFinding({ kind, startLine }: HttpHead, version: string) {
  // The version comes first in a status line and last in a request line.
  const offset = kind === "response" ? startLine.offset : startLine.offset + startLine.length - version.length;
  return { offset, length: version.length, head: kind, detail: { side: kind, version } };
}
