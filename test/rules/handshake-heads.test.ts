/** Findings about an opening handshake name the head that they are about: in a capture, both heads begin at offset 0. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureInspection } from "../../src/inspect/capture-inspection.js";
import { ndjson } from "../../src/view/ndjson.js";
import { table } from "../../src/view/table.js";
import type { View } from "../../src/view/view.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";

const REQUEST =
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/** Shows a connection of two sides: bytes by side, in order. */
function show(view: View, sent: readonly (readonly [0 | 1, string])[]): void {
  const inspection = new CaptureInspection(view, { keep: 1000, port: null, note() {} });
  const at = { time: null, digits: 0, packet: null };
  const receiver = inspection.addWebSocket({ endpoints: null, isOpenerKnown: true });
  for (const [side, text] of sent) receiver.data(side, Buffer.from(text, "latin1"), at);
  receiver.end();
  inspection.end();
}

test("the quoted bytes of a finding are from the head that it is about", () => {
  const context = new BufferedViewContext(120);
  show(table.open(context), [
    [0, REQUEST],
    [1, "HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\n"],
  ]);
  assert.match(context.text, /handshake-status .*\n\s*bytes 0–21 \("HTTP\/1\.0 404 Not Found"\)/);
  assert.match(context.text, /handshake-http-version .*\n\s*bytes 0–7 \("HTTP\/1\.0"\)/);
});

test("the findings of a response are reported, even if the request was reported before it", () => {
  const context = new BufferedViewContext();
  show(ndjson.open(context), [
    [0, `${REQUEST}\x81\x80\x01\x02\x03\x04`],
    [1, "HTTP/1.0 404 Not Found\r\nServer: x\r\n\r\n"],
  ]);
  const rules = context.records
    .filter(({ type }) => type === "handshake")
    .map(({ findings }) => findings.map(({ rule }: { rule: string }) => rule));
  assert.ok(rules.flat().includes("handshake-status"), JSON.stringify(rules));
  assert.ok(rules.flat().includes("handshake-http-version"), JSON.stringify(rules));
});
