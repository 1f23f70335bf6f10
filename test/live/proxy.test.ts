/** The proxy between WebSocket clients and servers. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, test } from "node:test";
import { WebSocketServer } from "ws";
import { computeAccept, encodeFrame } from "../../src/index.js";
import type { AnyRecord } from "../support/any-record.js";
import { runShell } from "../support/command.js";
import { createScratchFolder } from "../support/folder.js";
import { LiveCommand, startLive } from "../support/live.js";
import { startListening } from "../support/relay.js";
import { connectTcp, startTcpServer, type TcpPeer, type TestTcpServer } from "../support/tcp.js";
import { connectWs, startWsEcho, startWsServer } from "../support/ws-peers.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST = `GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
const RESPONSE = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${computeAccept(KEY)}\r\n\r\n`;
const masked = (opcode: number, payload: string): Uint8Array =>
  encodeFrame({ opcode, maskingKey: 0x37fa213d, payload: Buffer.from(payload) });

/** A WebSocket connection through the proxy on a port, with both ends as raw bytes. */
async function opened(
  port: number,
  target: TestTcpServer,
): Promise<{ readonly client: TcpPeer; readonly server: TcpPeer }> {
  const client = await connectTcp(port);
  const server = await target.next();
  client.socket.write(REQUEST);
  await server.waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  server.socket.write(RESPONSE);
  await client.waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  return { client, server };
}

/** The records that decode reads from a recording. */
const recordsIn = (file: string): AnyRecord[] =>
  runShell(`wsframe decode --read ${file} --to ndjson`)
    .stdout.trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("messages are shown while the connection is open", async () => {
  const server = await startWsServer();
  const proxy = await startLive("proxy", server.url, "--to", "ndjson");
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}/chat?room=1`);
  const there = await server.next();
  assert.equal(there.request?.url, "/chat?room=1");
  assert.equal(there.request?.headers.host, `127.0.0.1:${proxy.on}`);
  client.socket.send("one");
  assert.equal(await there.next(), "one");
  await proxy.waitForOutput(/"sender":"client".*"payload":"one"/);
  there.socket.send("two");
  assert.equal(await client.next(), "two");
  await proxy.waitForOutput(/"sender":"server".*"payload":"two"/);
  client.socket.close(4000, "enough");
  assert.deepEqual(await there.closed, { code: 4000, reason: "enough" });
  await proxy.waitForOutput(/"type":"end"[^\n]*"sender":"server"/);
  assert.deepEqual(
    proxy.records.map(({ type, opcodeName, payload }) => payload ?? opcodeName ?? type),
    ["handshake", "one", "two", ...proxy.records.slice(3, 5).map(({ payload }) => payload), "end", "end"],
  );
  assert.deepEqual(
    proxy.records.slice(3, 5).map(({ closeCode, closeReason }) => [closeCode, closeReason]),
    [
      [4000, "enough"],
      [4000, "enough"],
    ],
  );
  assert.equal(await proxy.interrupt(), 130);
});

test("messages of a megabyte arrive unchanged in both directions", async () => {
  const echo = await startWsEcho({ perMessageDeflate: true });
  const proxy = await startLive("proxy", echo.url, "--to", "summary");
  for (const perMessageDeflate of [false, true]) {
    const client = await connectWs(`ws://127.0.0.1:${proxy.on}`, { perMessageDeflate });
    for (let i = 0; i < 8; i++) {
      const text = String.fromCharCode(0x61 + i).repeat(2 ** 20) + i;
      client.socket.send(text);
      assert.ok((await client.next()) === text);
    }
    client.socket.close();
    await client.closed;
  }
  assert.equal(await proxy.interrupt(), 130);
});

test("plain HTTP is relayed, and so is a later upgrade on the same connection", async () => {
  const web = createServer((request, response) => response.end(`page ${request.url}`));
  const sockets = new WebSocketServer({ server: web });
  sockets.on("connection", (socket) => socket.send("welcome"));
  const { port } = await startListening(web);
  after(() => {
    for (const client of sockets.clients) client.terminate();
    web.close();
    web.closeAllConnections();
  });
  const proxy = await startLive("proxy", `http://127.0.0.1:${port}`, "--to", "ndjson");
  const client = await connectTcp(proxy.on);
  for (const path of ["/one", "/two"]) {
    client.socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`);
    await client.waitForBytes((bytes) => bytes.includes(`page ${path}`));
  }
  client.socket.write(REQUEST);
  await client.waitForBytes((bytes) => bytes.includes("welcome"));
  client.socket.write(masked(1, "hello"));
  await proxy.waitForOutput(/"payload":"hello"/);
  const [handshake, ...frames] = proxy.records;
  assert.equal(handshake.request.target, "/chat");
  assert.deepEqual(
    frames.map(({ payload }) => payload),
    ["welcome", "hello"],
  );
  assert.ok(proxy.records.every(({ stream }) => stream === 0));
});

test("plain HTTP is counted, not shown", async () => {
  const web = createServer((_, response) => response.end("page"));
  const { port, close } = await startListening(web);
  const proxy = await startLive("proxy", `http://127.0.0.1:${port}`);
  const response = await fetch(`http://127.0.0.1:${proxy.on}/`, { headers: { connection: "close" } });
  assert.equal(await response.text(), "page");
  close();
  assert.equal(await proxy.interrupt(), 130);
  assert.equal(proxy.stdout, "");
  assert.match(proxy.stderr, /1 other connection \(\d+ bytes\) not shown: no WebSocket handshake/);
});

test("a thousand simultaneous connections are relayed, and each is shown separately", async () => {
  const echo = await startWsEcho();
  const proxy = await startLive("proxy", echo.url, "--to", "ndjson");
  const count = 1000;
  const clients = await Promise.all(Array.from({ length: count }, () => connectWs(`ws://127.0.0.1:${proxy.on}`)));
  await Promise.all(
    clients.map(async (client, i) => {
      client.socket.send(`I am ${i}`);
      assert.equal(await client.next(), `I am ${i}`);
    }),
  );
  for (const { socket } of clients) socket.close();
  await Promise.all(clients.map(({ closed }) => closed));
  assert.equal(await proxy.interrupt(), 130);
  const said = new Map<number, Set<string>>();
  for (const { opcode, stream, payload } of proxy.records)
    if (opcode === 1) said.set(stream, (said.get(stream) ?? new Set()).add(payload));
  assert.equal(said.size, count);
  assert.ok([...said.values()].every(({ size }) => size === 1));
  assert.equal(new Set([...said.values()].flatMap((texts) => [...texts])).size, count);
});

test("Ctrl-C sends Close 1001 to both sides, and the verdict is printed", async () => {
  const server = await startWsServer();
  const proxy = await startLive("proxy", server.url);
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
  const there = await server.next();
  client.socket.send("hello");
  await there.next();
  assert.equal(await proxy.interrupt(), 130);
  assert.equal((await client.closed).code, 1001);
  assert.equal((await there.closed).code, 1001);
  assert.match(proxy.stdout, /text +5 +"hello"/);
  assert.match(proxy.stdout, /1001 Going Away/);
  assert.match(proxy.stdout, /\n +0? += +1 message/);
});

test("Ctrl-C sends no Close inside a frame, or before the connection is open", async () => {
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`);
  const { client: halfway, server } = await opened(proxy.on, target);
  const part = masked(1, "hello").subarray(0, 8);
  halfway.socket.write(part);
  await server.waitForBytes((bytes) => bytes.length === REQUEST.length + part.length);
  const asking = await connectTcp(proxy.on);
  const asked = await target.next();
  asking.socket.write(REQUEST);
  await asked.waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  const code = proxy.interrupt();
  for (const end of [halfway, server, asking, asked]) {
    assert.equal(await end.ended, "FIN");
    end.socket.end();
  }
  assert.equal(await code, 130);
  const all = async (end: typeof server): Promise<string> => (await end.waitForBytes(() => true)).toString("latin1");
  assert.equal(await all(server), REQUEST + Buffer.from(part).toString("latin1"));
  // The server's bytes end between two frames, so the client gets a Close.
  assert.equal(await all(halfway), `${RESPONSE}\x88\x02\x03\xe9`);
  assert.equal(await all(asked), REQUEST);
  assert.equal(await all(asking), "");
});

test("after Ctrl-C during heavy traffic, the shown and the recorded bytes equal those that the server received", async () => {
  const target = await startTcpServer();
  const file = join(createScratchFolder(), "cut.pcapng");
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`, "--to", "ndjson", "--record", file);
  const { client, server } = await opened(proxy.on, target);
  const frame = masked(2, "x".repeat(1000));
  const many = Buffer.concat(Array.from({ length: 100 }, () => frame));
  const pour = (): void => {
    while (!client.socket.destroyed && client.socket.writable && client.socket.write(many));
  };
  client.socket.on("drain", () => setImmediate(pour));
  client.socket.on("error", () => {});
  pour();
  await server.waitForBytes(({ length }) => length > 2 ** 20);
  const code = proxy.interrupt();
  assert.equal(await server.ended, "FIN");
  server.socket.end();
  assert.equal(await code, 130);
  const heard = await server.waitForBytes(() => true);
  const close = heard.subarray(-8);
  assert.deepEqual([close[0], close[1]], [0x88, 0x82]);
  const frames = (heard.length - REQUEST.length - close.length) / frame.length;
  assert.ok(Number.isInteger(frames));
  for (const records of [proxy.records, recordsIn(file)]) {
    assert.equal(records.filter(({ opcode }) => opcode === 2).length, frames);
    assert.deepEqual(
      records.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error"),
      [],
    );
  }
  assert.match(
    proxy.stderr,
    /\nwsframe: [\d,]+ bytes arrived after the proxy was stopped and were not relayed or shown\n/,
  );
});

test("Ctrl-C sends no second Close after a relayed one", async () => {
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`, "--to", "ndjson");
  const { client, server } = await opened(proxy.on, target);
  const close = masked(8, "");
  client.socket.write(close);
  await server.waitForBytes(({ length }) => length === REQUEST.length + close.length);
  const code = proxy.interrupt();
  for (const end of [client, server]) {
    assert.equal(await end.ended, "FIN");
    end.socket.end();
  }
  assert.equal(await code, 130);
  assert.equal((await server.waitForBytes(() => true)).length, REQUEST.length + close.length);
  assert.deepEqual(
    proxy.records.filter(({ opcode }) => opcode === 8).map(({ sender, closeCode }) => [sender, closeCode]),
    [
      ["client", undefined],
      ["server", 1001],
    ],
  );
  assert.doesNotMatch(proxy.stdout, /data-after-close/);
});

test("the rest of an open frame is relayed before the Close", async () => {
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`, "--to", "ndjson");
  const { client, server } = await opened(proxy.on, target);
  const frame = masked(1, "hello");
  client.socket.write(frame.subarray(0, 8));
  await server.waitForBytes(({ length }) => length === REQUEST.length + 8);
  const code = proxy.interrupt();
  await client.waitForBytes((bytes) => bytes.includes("\x88\x02\x03\xe9", 0, "latin1"));
  client.socket.end(Buffer.concat([frame.subarray(8), masked(1, "too late")]));
  assert.equal(await server.ended, "FIN");
  server.socket.end();
  assert.equal(await code, 130);
  assert.equal((await server.waitForBytes(() => true)).length, REQUEST.length + frame.length + 8);
  assert.deepEqual(
    proxy.records
      .filter(({ type, sender }) => type === "frame" && sender === "client")
      .map(({ payload, closeCode }) => closeCode ?? payload),
    ["hello", 1001],
  );
});

test("credentials in the target are ignored, with a note", async () => {
  const { port } = await startWsEcho();
  const proxy = await startLive("proxy", `ws://user:s3cret@127.0.0.1:${port}`);
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
  client.socket.send("hello");
  await client.next();
  await proxy.interrupt();
  assert.match(proxy.stderr, /^wsframe: the user name and password in the URL are ignored: [^\n]+\n[^\n]+\n[^\n]+\n$/);
  assert.doesNotMatch(proxy.stdout + proxy.stderr, /s3cret|Authorization/);
});

test("after Ctrl-C, a client that does not answer is disconnected", async () => {
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`);
  const client = await connectTcp(proxy.on);
  await target.next();
  assert.equal(await proxy.interrupt(), 130);
  assert.ok(await client.ended);
});

test("SIGTERM works like Ctrl-C, with its own exit code", async () => {
  const { url } = await startWsEcho();
  const proxy = await startLive("proxy", url);
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
  proxy.child.kill("SIGTERM");
  assert.equal(await proxy.waitForEnd(), 143);
  assert.equal((await client.closed).code, 1001);
});

test("the session ends without an error when the reader of the output disconnects", async () => {
  const { url } = await startWsEcho();
  const proxy = await startLive("proxy", url);
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
  await proxy.waitForOutput(/101 Switching/);
  proxy.child.stdout.destroy();
  client.socket.send("hello");
  assert.equal(await proxy.waitForEnd(), 0);
  assert.equal((await client.closed).code, 1001);
  assert.doesNotMatch(proxy.stderr, /EPIPE|Error/);
});

test("a slow reader of the output slows down the connection, and everything is shown in the end", async () => {
  const { url } = await startWsEcho();
  const proxy = await startLive("proxy", url, "--to", "ndjson");
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
  await proxy.waitForOutput(/handshake/);
  proxy.child.stdout.pause();
  const count = 40;
  // Some bytes are relayed even if nobody reads the output.
  for (let i = 0; i < 4; i++) {
    client.socket.send(`${i}`);
    assert.equal(await client.next(), `${i}`);
  }
  for (let i = 4; i < count; i++) client.socket.send(`${i} ${"x".repeat(2 ** 18)}`);
  proxy.child.stdout.resume();
  for (let i = 4; i < count; i++) assert.ok((await client.next()).startsWith(`${i} `));
  client.socket.close();
  await client.closed;
  await proxy.interrupt();
  assert.equal(proxy.records.filter(({ opcode }) => opcode === 1).length, 2 * count);
});

test("after Ctrl-C, a note reports that nobody reads the output, and another Ctrl-C drops it", async () => {
  const { url } = await startWsEcho();
  const proxy = await startLive("proxy", url, "--to", "ndjson");
  const client = await connectWs(`ws://127.0.0.1:${proxy.on}`);
  await proxy.waitForOutput(/handshake/);
  proxy.child.stdout.pause();
  client.socket.send("x".repeat(2 ** 20));
  await client.next();
  proxy.child.kill("SIGINT");
  await proxy.waitForOutput(/^wsframe: waiting for the reader of the output; Ctrl-C discards the rest$/m, "stderr");
  const exited = once(proxy.child, "exit");
  proxy.child.kill("SIGINT");
  assert.deepEqual(await exited, [130, null]);
  proxy.child.stdout.resume();
});

test("a port that is already in use is refused", async () => {
  const { port } = await startTcpServer();
  const proxy = new LiveCommand(["proxy", "ws://127.0.0.1:1", "--port", String(port)]);
  assert.equal(await proxy.waitForEnd(), 2);
  assert.equal(
    proxy.stderr,
    `wsframe: cannot listen on 127.0.0.1:${port}: the port is already in use; --port 0 picks a free one\n`,
  );
});
