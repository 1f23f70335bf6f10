import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import WebSocket from "ws";
import { encodeFrame } from "../../src/index.js";
import type { AnyRecord } from "../support/any-record.js";
import { joinSentBy } from "../support/recording.js";
import { readRecords } from "../support/records.js";
import { startListening } from "../support/relay.js";
import { recordWsConversation } from "../support/ws-conversation.js";

const once = (socket: WebSocket, event: string): Promise<unknown[]> =>
  new Promise((resolve) => socket.once(event, (...args) => resolve(args)));

const short = (record: AnyRecord): string =>
  `${record.sender} ${record.opcodeName} ${record.fin ? "F" : "-"} ${record.payloadLength} ${record.payload.slice(0, 12)}`;

test("a conversation of the ws package is read as it was, without a finding", async () => {
  const recording = await recordWsConversation(async (near, far) => {
    const received = once(far, "message");
    near.send("Hello, 世界");
    assert.equal(String((await received)[0]), "Hello, 世界");
    const answer = once(near, "message");
    far.send("frag", { fin: false });
    far.ping("now");
    far.send("ments", { fin: true });
    assert.equal(String((await answer)[0]), "fragments");
    const big = once(near, "message");
    far.send(Buffer.alloc(70_000, 7));
    await big;
    const pong = once(near, "pong");
    near.ping();
    await pong;
  });
  const fromClient = readRecords([joinSentBy(recording, "client")], { sender: "client" });
  const fromServer = readRecords([joinSentBy(recording, "server")], { sender: "server" });
  for (const record of [...fromClient, ...fromServer]) assert.deepEqual(record.findings, []);
  assert.deepEqual(fromClient.filter(({ type }) => type === "frame").map(short), [
    "client text F 13 Hello, 世界",
    "client pong F 3 now",
    "client ping F 0 ",
    "client close F 5 A+hieWU=",
  ]);
  assert.deepEqual(fromServer.filter(({ type }) => type === "frame").map(short), [
    "server text - 4 frag",
    "server ping F 3 now",
    "server continuation F 5 ments",
    "server binary F 70000 BwcHBwcHBwcH",
    "server pong F 0 ",
    "server close F 5 A+hieWU=",
  ]);
});

test("the ws package reads our frames as we meant them", async () => {
  const server = createServer();
  const { port } = await startListening(server);
  const frames = [
    encodeFrame({ opcode: 1, payload: Buffer.from("Hel"), fin: false }),
    encodeFrame({ opcode: 9, payload: Buffer.from("?") }),
    encodeFrame({ opcode: 0, payload: Buffer.from("lo") }),
    ...[0, 125, 126, 65_535, 65_536].map((length) =>
      encodeFrame({ opcode: 2, payload: new Uint8Array(length).fill(1) }),
    ),
    encodeFrame({ opcode: 8, payload: Uint8Array.of(0x0f, 0xa0, 0x62) }),
  ];
  server.once("connection", (socket) => {
    socket.once("data", async (head) => {
      const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(String(head))?.[1] ?? "";
      const { createHash } = await import("node:crypto");
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.end(Buffer.concat(frames));
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${port}`, {
    perMessageDeflate: false,
  });
  const messages: string[] = [];
  const pings: string[] = [];
  client.on("message", (data, binary) => messages.push(binary ? `${(data as Buffer).length} bytes` : String(data)));
  client.on("ping", (data) => pings.push(String(data)));
  const [code, reason] = await once(client, "close");
  server.close();
  assert.deepEqual(messages, ["Hello", "0 bytes", "125 bytes", "126 bytes", "65535 bytes", "65536 bytes"]);
  assert.deepEqual(pings, ["?"]);
  assert.deepEqual([code, String(reason)], [4000, "b"]);
});
