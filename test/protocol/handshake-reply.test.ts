import assert from "node:assert/strict";
import { test } from "node:test";
import { formatExtension } from "../../src/protocol/handshake/extensions.js";
import {
  acceptDeflateOffer,
  buildAgreementHeaders,
  buildSwitchingResponse,
  findRefusal,
} from "../../src/protocol/handshake/handshake-reply.js";
import { findHeaders, type HttpHead, parseHead } from "../../src/protocol/handshake/http-head.js";

const USUAL: Readonly<Record<string, string | null>> = {
  Host: "a",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

/** A request with other headers than usual; `null` leaves one out. */
function requestWith(headers: Readonly<Record<string, string | null>>, method = "GET"): HttpHead {
  const lines = Object.entries({ ...USUAL, ...headers }).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  return parseHead(Buffer.from(`${method} /chat HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`), 0);
}

const statusOf = (request: HttpHead): string | null => findRefusal(request)?.split("\r\n")[0] ?? null;

test("a valid request is accepted, whatever the case and the other elements of its lists", () => {
  assert.equal(findRefusal(requestWith({})), null);
  assert.equal(findRefusal(requestWith({ Upgrade: "h2c, WebSocket", Connection: "keep-alive, UPGRADE" })), null);
});

/** What gets no 101, and why. */
const REFUSED: readonly (readonly [what: string, status: string, request: HttpHead])[] = [
  ["plain HTTP", "426 Upgrade Required", requestWith({ Upgrade: null, Connection: "keep-alive" })],
  ["another method", "426 Upgrade Required", requestWith({}, "POST")],
  ["another protocol", "426 Upgrade Required", requestWith({ Upgrade: "h2c" })],
  ["Connection without upgrade", "426 Upgrade Required", requestWith({ Connection: "close" })],
  ["another version", "426 Upgrade Required", requestWith({ "Sec-WebSocket-Version": "8" })],
  ["no version", "426 Upgrade Required", requestWith({ "Sec-WebSocket-Version": null })],
  ["no key", "400 Bad Request", requestWith({ "Sec-WebSocket-Key": null })],
  ["a key of 15 bytes", "400 Bad Request", requestWith({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" })],
  ["a key that is no base64", "400 Bad Request", requestWith({ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j!!==" })],
];

for (const [what, status, request] of REFUSED)
  test(`${what} is refused with ${status}`, () => assert.equal(statusOf(request), `HTTP/1.1 ${status}`));

test("a refusal is a whole response: its length is right, it ends the connection, and names the version that is spoken", () => {
  for (const [, , request] of REFUSED) {
    const response = findRefusal(request) as string;
    const [, head = "", body = ""] = /^(.*?\r\n\r\n)(.*)$/s.exec(response) ?? [];
    const parsed = parseHead(Buffer.from(head), 0);
    assert.deepEqual(parsed.faults, []);
    const value = (name: string): string | undefined => findHeaders(parsed, name)[0]?.value;
    assert.equal(value("Content-Length"), String(Buffer.byteLength(body)));
    assert.equal(value("Connection"), "close");
    if (parsed.status === 426) assert.equal(value("Upgrade"), "websocket");
  }
  const older = findRefusal(requestWith({ "Sec-WebSocket-Version": "8" })) as string;
  assert.match(older, /\r\nSec-WebSocket-Version: 13\r\n/);
});

/** What is offered, and what of it is agreed to. */
const OFFERS: readonly (readonly [offered: string, agreed: string | null])[] = [
  ["permessage-deflate", "permessage-deflate; server_no_context_takeover"],
  ["permessage-deflate; client_max_window_bits", "permessage-deflate; server_no_context_takeover"],
  ["permessage-deflate; client_no_context_takeover", "permessage-deflate; server_no_context_takeover"],
  ["permessage-deflate; client_max_window_bits=8", "permessage-deflate; server_no_context_takeover"],
  [
    "permessage-deflate; server_max_window_bits=9",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
  ],
  [
    'permessage-deflate; server_max_window_bits="10"',
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
  ],
  ["permessage-deflate; server_max_window_bits=8", null],
  [
    "permessage-deflate; server_max_window_bits=8, permessage-deflate",
    "permessage-deflate; server_no_context_takeover",
  ],
  ["permessage-deflate; server_max_window_bits", null],
  ["permessage-deflate; server_max_window_bits=16", null],
  ["permessage-deflate; server_max_window_bits=09", null],
  ["permessage-deflate; client_max_window_bits=7", null],
  ["permessage-deflate; server_no_context_takeover=true", null],
  ["permessage-deflate; foo", null],
  ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", null],
  ["permessage-deflate; client_max_window_bits; client_max_window_bits=10", null],
  [
    "permessage-deflate; foo, permessage-deflate; server_max_window_bits=12",
    "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
  ],
  ["x-webkit-deflate-frame, permessage-deflate", "permessage-deflate; server_no_context_takeover"],
  ["x-webkit-deflate-frame", null],
  ["", null],
];

for (const [offered, agreed] of OFFERS) {
  test(`offered ${offered === "" ? "nothing" : offered}, agreed ${agreed ?? "nothing"}`, () => {
    const extension = acceptDeflateOffer(requestWith({ "Sec-WebSocket-Extensions": offered }));
    assert.equal(extension === null ? null : formatExtension(extension), agreed);
  });
}

test("without the header, nothing is agreed to", () => {
  assert.equal(acceptDeflateOffer(requestWith({})), null);
});

test("the response has the agreed settings, and no header where none was agreed", () => {
  const extension = acceptDeflateOffer(requestWith({ "Sec-WebSocket-Extensions": "permessage-deflate" }));
  const response = parseHead(
    Buffer.from(buildSwitchingResponse("accept", buildAgreementHeaders("chat", extension))),
    0,
  );
  assert.deepEqual(response.faults, []);
  assert.deepEqual(
    response.headers.map(({ name, value }) => `${name}: ${value}`),
    [
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Accept: accept",
      "Sec-WebSocket-Protocol: chat",
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",
    ],
  );
  assert.deepEqual(buildAgreementHeaders(null, null), []);
});
