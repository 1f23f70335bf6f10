import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, type RequestOptions } from "../../src/cli/options/client-request.js";
import { parseTarget } from "../../src/cli/options/target.js";
import { UsageError } from "../../src/cli/usage-error.js";
import { isHandshakeKey } from "../../src/protocol/handshake/handshake.js";
import { findHeaders, parseHead } from "../../src/protocol/handshake/http-head.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The start line and the headers of a request to a URL. */
function requested(url: string, options: RequestOptions = {}): string[] {
  const { request, key } = buildRequest(parseTarget(url), options);
  assert.match(request, /\r\n\r\n$/);
  const [startLine = "", ...headers] = request.slice(0, -4).split("\r\n");
  return [startLine, ...headers.map((line) => line.replaceAll(key, "KEY"))];
}

test("a request has the required headers, and no others", () => {
  assert.deepEqual(requested("ws://example.org"), [
    "GET / HTTP/1.1",
    "Host: example.org",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: KEY",
    "Sec-WebSocket-Version: 13",
  ]);
});

test("every request has its own key of 16 bytes", () => {
  const keys = Array.from({ length: 10 }, () => buildRequest(parseTarget("ws://a"), {}).key);
  assert.equal(new Set(keys).size, 10);
  assert.ok(keys.every(isHandshakeKey));
});

test("the path and the query come from the URL", () => {
  assert.equal(requested("ws://a/chat/room?name=b c&x=%2F")[0], "GET /chat/room?name=b%20c&x=%2F HTTP/1.1");
});

test("the Host header has the port if it is not the default, and an IPv6 address in brackets", () => {
  const hostOf = (url: string): string | undefined => requested(url)[1];
  assert.equal(hostOf("ws://a:80"), "Host: a");
  assert.equal(hostOf("wss://a:443"), "Host: a");
  assert.equal(hostOf("ws://a:443"), "Host: a:443");
  assert.equal(hostOf("ws://[::1]:8080"), "Host: [::1]:8080");
});

test("the options set the offered subprotocols and compression, and the origin", () => {
  const lines = requested("ws://a", { subprotocol: ["chat", "v2"], deflate: true, origin: "https://page.example" });
  assert.deepEqual(lines.slice(6), [
    "Sec-WebSocket-Protocol: chat, v2",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    "Origin: https://page.example",
  ]);
});

test("a name and a password in the URL are sent as Basic authentication, in UTF-8, and appear nowhere else", () => {
  const lines = requested("ws://Aladdin:open%20sesame@a/");
  assert.deepEqual(lines.slice(-1), ["Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]);
  assert.equal(lines[1], "Host: a");
  const credentials = requested("ws://j%C3%B6rg:p%3Aw@a").at(-1)?.replace("Authorization: Basic ", "") ?? "";
  assert.equal(String(Buffer.from(credentials, "base64")), "jörg:p:w");
  assert.equal(requested("ws://only-a-name@a").at(-1), `Authorization: Basic ${btoa("only-a-name:")}`);
});

test("a given header is added, as often as it is given", () => {
  const lines = requested("ws://a", { header: ["Cookie: a=b", "X-A:1", "X-A:   2  ", "X-Empty:"] });
  assert.deepEqual(lines.slice(6), ["Cookie: a=b", "X-A: 1", "X-A: 2", "X-Empty: "]);
});

test("a given header replaces the default one, ignoring case", () => {
  const lines = requested("ws://name:word@a", {
    header: ["host: other", "SEC-WEBSOCKET-VERSION: 12", "Authorization: Bearer t", "Connection: keep-alive, Upgrade"],
  });
  assert.deepEqual(lines, [
    "GET / HTTP/1.1",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: KEY",
    "host: other",
    "SEC-WEBSOCKET-VERSION: 12",
    "Authorization: Bearer t",
    "Connection: keep-alive, Upgrade",
  ]);
});

test("the expected accept value is that of the sent key, even if the key was given", () => {
  const { request, key } = buildRequest(parseTarget("ws://a"), { header: [`sec-websocket-key: ${KEY}`] });
  assert.equal(key, KEY);
  const head = parseHead(Buffer.from(request), 0);
  assert.deepEqual(
    findHeaders(head, "Sec-WebSocket-Key").map(({ value }) => value),
    [KEY],
  );
});

test("a value beyond Latin-1 is sent as UTF-8", () => {
  const { request } = buildRequest(parseTarget("ws://a"), { header: ["X: ü世"] });
  assert.ok(Buffer.from(request, "latin1").includes(Buffer.from("X: ü世\r\n")));
});

test("an invalid header is refused, and so is one that would inject another", () => {
  for (const [line, quoted] of [
    ["no colon", "no …"],
    [": value", ":…"],
    ["a b: c", "a …"],
    ["ü: c", "ü:…"],
    ["X: a\r\nY: b", "X:…"],
    ["X: a\nY: b", "X:…"],
    ["X: a\0", "X:…"],
    ["X: a\u0085", "X:…"],
    ["X", "X"],
  ] as const)
    assert.throws(
      () => buildRequest(parseTarget("ws://a"), { header: [line] }),
      (error: Error) =>
        error instanceof UsageError &&
        error.message === `--header must look like "Cookie: session=1", not ${JSON.stringify(quoted)}`,
      line,
    );
});

test("an origin or a subprotocol that would inject a header is refused", () => {
  const refused = (options: RequestOptions, message: RegExp): void =>
    assert.throws(
      () => buildRequest(parseTarget("ws://a"), options),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    );
  refused({ origin: "a\r\nX: y" }, /^--origin must not contain control characters: "a\\r\\nX: y"$/);
  for (const name of ["a\r\nX: y", "a\nb", "a b", "a,b", "", "ü"])
    refused({ subprotocol: ["chat", name] }, /^--subprotocol may contain letters, digits/);
});
