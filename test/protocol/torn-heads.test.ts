import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteStream } from "../../src/protocol/byte-stream.js";
import { Connection } from "../../src/protocol/connection.js";
import type { ConnectionEndEvent, FrameEvent } from "../../src/protocol/connection-events.js";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import type { Sender } from "../../src/protocol/frame/frame.js";
import type { HandshakeEvent } from "../../src/protocol/handshake/handshake.js";
import { judgeFrame, judgeHandshake } from "../../src/rules/judge.js";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";

const [REQUEST = "", RESPONSE = ""] = buildHandshakeHeads("permessage-deflate").split(/(?=HTTP\/1\.1 101)/);
const PLAIN_RESPONSE = RESPONSE.replace(/Sec-WebSocket-Extensions.*\r\n/, "");
const HELLO = Buffer.concat(
  ["one", "two", "three", "four"].map((word) => encodeFrame({ opcode: 1, payload: Buffer.from(word) })),
);
/** So many frames that it is certain where each begins. */
const KNOWN = Buffer.concat([HELLO, HELLO, HELLO, HELLO]);

interface Seen {
  readonly handshakes: HandshakeEvent[];
  readonly frames: FrameEvent[];
  readonly closed: ConnectionEndEvent[];
  readonly findings: string[];
}

/** What comes of a handshake of which a sender's head has a gap: where it begins, and bytes that are missing. */
function torn(sender: Sender, at: number, length: number, response = RESPONSE, frames: Uint8Array = HELLO): Seen {
  const seen: Seen = { handshakes: [], frames: [], closed: [], findings: [] };
  const connection = new Connection(
    {
      handshake(event) {
        seen.handshakes.push(event);
        seen.findings.push(...judgeHandshake(event).map(({ rule }) => rule.id));
      },
      frame(event) {
        seen.frames.push(event);
        seen.findings.push(...judgeFrame(event).map(({ rule }) => rule.id));
      },
      end() {},
      closed: (event) => void seen.closed.push(event),
    },
    { stream: 0, keep: 1000 },
  );
  const streams = (["client", "server"] as const).map((one) => {
    const bytes = Buffer.concat(
      [Buffer.from(one === "client" ? REQUEST : response), one === "client" ? [] : frames].map((part) =>
        Buffer.from(part),
      ),
    );
    const stream = new ByteStream({ sender: one, nextConnection: () => connection });
    if (one !== sender) stream.push(bytes);
    else {
      stream.push(bytes.subarray(0, at));
      stream.addGap(length);
      stream.push(bytes.subarray(at + length));
    }
    return stream;
  });
  for (const stream of streams) stream.end();
  connection.end();
  return seen;
}

test("what was agreed in a response that a gap cuts is not known: RSV1 is what its messages show", () => {
  const compressed = encodeFrame({ opcode: 1, rsv1: true, payload: Buffer.from("f248cdc9c90700", "hex") });
  const at = RESPONSE.indexOf("permessage-deflate") + 2;
  const seen = torn("server", at, RESPONSE.length - at, RESPONSE, Buffer.concat([compressed, compressed, HELLO]));
  const [event] = seen.handshakes;
  assert.deepEqual(event?.extensions, []);
  assert.equal(event?.response?.isTruncated && event.response.isTruncatedByGap, true);
  assert.deepEqual(
    event?.response?.headers.map(({ name }) => name),
    ["Upgrade", "Connection", "Sec-WebSocket-Accept"],
  );
  assert.deepEqual([seen.frames[0]?.rsv1Meaning, seen.frames[0]?.compressed], ["unknown", true]);
  assert.deepEqual(seen.findings, ["assumed-deflate", "stream-gap"]);
});

test("a response that a gap cuts may have agreed on any extension: no RSV bit is taken for one that has no meaning", () => {
  const payload = Buffer.from([0xff, 0xfe]);
  const fragment = { opcode: 1, fin: false, rsv1: true, payload };
  for (const frames of [
    [{ opcode: 1, rsv1: true, payload }],
    [{ opcode: 1, rsv2: true }],
    [{ opcode: 2, rsv1: true, rsv3: true, payload }],
    [fragment, { opcode: 0, rsv1: true, payload }],
  ]) {
    const bytes = Buffer.concat([KNOWN, ...frames.map((frame) => encodeFrame(frame))]);
    for (const at of [RESPONSE.indexOf("\r\n") + 2, RESPONSE.indexOf("permessage-deflate") + 2]) {
      const seen = torn("server", at, RESPONSE.length - at, RESPONSE, bytes);
      assert.deepEqual(seen.findings, ["stream-gap"]);
      assert.equal(seen.frames.length, frames.length + 16);
    }
    // Of a response that is whole and names no extension, they break the rule.
    assert.ok(torn("client", REQUEST.length, 0, PLAIN_RESPONSE, bytes).findings.includes("rsv-without-extension"));
  }
});

test("an extension that a cut response still names explains RSV1, and the missing part may explain the other bits", () => {
  const at = RESPONSE.indexOf("permessage-deflate\r\n") + "permessage-deflate\r\n".length;
  const frames = Buffer.concat([KNOWN, encodeFrame({ opcode: 1, rsv2: true })]);
  assert.deepEqual(torn("server", at, RESPONSE.length - at, RESPONSE, frames).findings, ["stream-gap"]);
});

test("wherever a gap begins in a head, nothing is found wrong with the handshake, and no line is taken for whole that is not", () => {
  for (const sender of ["client", "server"] as const) {
    const head = sender === "client" ? REQUEST : RESPONSE;
    const lines = new Set([REQUEST, RESPONSE].join("").split("\r\n"));
    for (let at = 0; at < head.length; at++)
      for (const length of [1, 7, head.length - at]) {
        const { handshakes, findings, closed } = torn(sender, at, length);
        assert.deepEqual(
          findings.filter((id) => id !== "stream-gap"),
          [],
          `${sender} ${at} ${length}`,
        );
        for (const { request, response, key } of handshakes) {
          for (const { name, value } of [...(request?.headers ?? []), ...(response?.headers ?? [])])
            assert.ok(lines.has(`${name}: ${value}`), name);
          assert.ok(key === null || key.length === 24);
        }
        const statusThere = sender === "client" || at > RESPONSE.indexOf("\r\n");
        assert.equal(closed[0]?.opened, statusThere, `${sender} ${at}`);
      }
  }
});

test("a gap in a head that announces a body is no gap in that body", () => {
  const refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\nServer: x\r\n\r\n";
  const { frames } = torn("server", refusal.indexOf("Server"), 4, refusal);
  assert.equal(frames.length > 0, true);
});
