import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTarget } from "../../src/cli/options/target.js";
import { UsageError } from "../../src/cli/usage-error.js";

const TARGETS: readonly (readonly [url: string, host: string, port: number, secure: boolean, path: string])[] = [
  ["ws://example.org", "example.org", 80, false, "/"],
  ["wss://example.org", "example.org", 443, true, "/"],
  ["ws://example.org:8080/chat?a=b", "example.org", 8080, false, "/chat?a=b"],
  ["http://example.org/chat", "example.org", 80, false, "/chat"],
  ["https://example.org:8443", "example.org", 8443, true, "/"],
  ["HTTPS://example.org", "example.org", 443, true, "/"],
  ["WSS://Example.ORG", "example.org", 443, true, "/"],
  ["example.org", "example.org", 80, false, "/"],
  ["127.0.0.1:9001/chat", "127.0.0.1", 9001, false, "/chat"],
  ["localhost:8080", "localhost", 8080, false, "/"],
  ["ws://[::1]:8080", "::1", 8080, false, "/"],
  ["wss://[2001:db8::1]", "2001:db8::1", 443, true, "/"],
  ["ws://example.org:0", "example.org", 0, false, "/"],
];

for (const [text, host, port, secure, path] of TARGETS)
  test(`${text} leads to ${host}, port ${port}${secure ? ", with TLS" : ""}`, () => {
    const target = parseTarget(text);
    assert.deepEqual(
      [target.host, target.port, target.isSecure, target.url.pathname + target.url.search],
      [host, port, secure, path],
    );
    assert.equal(target.url.protocol, secure ? "wss:" : "ws:");
  });

const REFUSED: readonly (readonly [url: string, says: RegExp])[] = [
  ["ftp://example.org", /^a WebSocket URL must start with ws:\/\/ or wss:\/\/, not /],
  ["file:///etc/passwd", /^a WebSocket URL must start with/],
  ["ws://", /^invalid URL .*; expected one such as /],
  ["ws://exa mple", /^invalid URL .*; expected one such as /],
  ["ws://a:99999", /^invalid URL .*; expected one such as /],
  ["", /^invalid URL .*; expected one such as /],
  ["ws://a/#part", /must not have a fragment: remove #part from/],
];

for (const [text, says] of REFUSED)
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseTarget(text),
      (error: Error) =>
        error instanceof UsageError && error.message.includes(JSON.stringify(text)) && says.test(error.message),
    );
  });

test("a scheme with backslashes is not read as a host", () => {
  assert.throws(() => parseTarget("ws:\\\\user:secret@127.0.0.1:9"), /^(?!.*secret).*invalid URL/s);
});
