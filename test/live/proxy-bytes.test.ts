/** The relay passes on every byte, and every way in which a connection can end. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { encodeFrame } from "../../src/index.js";
import { type LiveCommand, startLive } from "../support/live.js";
import { readPeakMemory, startProcess } from "../support/processes.js";
import { waitFor } from "../support/queue.js";
import { connectTcp, startTcpServer, type TcpPeer } from "../support/tcp.js";

/** Bytes to send each way; LIVE_MIB=1024 sends a GiB. */
const MIB = Number(process.env.LIVE_MIB ?? 32);
const PIECE = 1024 * 1024;

/** A proxy in front of a server, and a connection through it, with both ends in the test. */
async function joined(): Promise<{ proxy: LiveCommand & { readonly on: number }; client: TcpPeer; server: TcpPeer }> {
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`);
  const client = await connectTcp(proxy.on);
  return { proxy, client, server: await target.next() };
}

/** Sends random bytes as fast as the socket accepts them, then a FIN; returns their hash. */
async function pour(socket: Socket, pieces: number): Promise<string> {
  const hash = createHash("sha256");
  for (let i = 0; i < pieces; i++) {
    const bytes = randomBytes(PIECE);
    hash.update(bytes);
    if (!socket.write(bytes)) await once(socket, "drain");
  }
  socket.end();
  return hash.digest("hex");
}

/** The hash of all bytes until a FIN. */
async function heard(socket: Socket): Promise<string> {
  const hash = createHash("sha256");
  socket.on("data", (bytes) => hash.update(bytes));
  await once(socket, "end");
  return hash.digest("hex");
}

test(`${MIB} MiB of random bytes in each direction, at the same time, arrive unchanged`, async (t) => {
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`);
  const { socket: client } = await connectTcp(proxy.on);
  const { socket: server } = await target.next();
  // The helpers keep received bytes; this test only counts them.
  for (const socket of [client, server]) socket.removeAllListeners("data");
  const began = performance.now();
  const [atServer, atClient, byClient, byServer] = await Promise.all([
    heard(server),
    heard(client),
    pour(client, MIB),
    pour(server, MIB),
  ]);
  const seconds = (performance.now() - began) / 1000;
  assert.equal(atServer, byClient);
  assert.equal(atClient, byServer);
  t.diagnostic(`${seconds.toFixed(1)} s; the relay had ${await readPeakMemory(proxy.child)} KiB of memory at most`);
  assert.equal(await proxy.interrupt(), 130);
  assert.match(proxy.stderr, /1 other connection \([\d,]+ bytes\) not shown: no WebSocket handshake/);
});

test("garbage is relayed unchanged in both directions, before and after bytes that look like a handshake", async () => {
  const { client, server } = await joined();
  const garbage = Buffer.concat([
    Buffer.from("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n\0\xff\x81\x7f", "latin1"),
    randomBytes(5000),
  ]);
  client.socket.write(garbage);
  assert.deepEqual(await server.waitForBytes(({ length }) => length >= garbage.length), garbage);
  const answer = Buffer.concat([Buffer.from("HTTP/1.1 101 \r\n\r\n\x83\xff"), randomBytes(5000)]);
  server.socket.write(answer);
  assert.deepEqual(await client.waitForBytes(({ length }) => length >= answer.length), answer);
});

for (const first of ["client", "server"] as const) {
  test(`the relay passes on a half-close of the ${first}: the other side may continue`, async () => {
    const ends = await joined();
    const [one, other] = first === "client" ? [ends.client, ends.server] : [ends.server, ends.client];
    one.socket.end("done");
    assert.equal(await other.ended, "FIN");
    assert.equal(String(await other.waitForBytes((bytes) => bytes.length >= 4)), "done");
    other.socket.write("not yet");
    assert.equal(String(await one.waitForBytes((bytes) => bytes.length >= 7)), "not yet");
    other.socket.end();
    assert.equal(await one.ended, "FIN");
  });

  test(`a reset by the ${first} resets the other side`, async () => {
    const ends = await joined();
    const [one, other] = first === "client" ? [ends.client, ends.server] : [ends.server, ends.client];
    one.socket.write("x");
    await other.waitForBytes((bytes) => bytes.length === 1);
    one.socket.resetAndDestroy();
    assert.equal(await other.ended, "reset");
  });

  test(`killing the ${first} process ends the other side`, async () => {
    const code =
      first === "client"
        ? `require("net").connect(+process.argv[1], "127.0.0.1").write("here")`
        : `require("net").createServer((s) => { s.on("error", () => {}); s.write("here"); }).listen(0, "127.0.0.1", function () { console.log(this.address().port); })`;
    const run = (...args: string[]): ReturnType<typeof startProcess> =>
      startProcess(process.execPath, ["-e", code, ...args]);
    if (first === "client") {
      const target = await startTcpServer();
      const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`);
      const killed = run(String(proxy.on));
      const server = await target.next();
      await server.waitForBytes((bytes) => bytes.length === 4);
      killed.kill("SIGKILL");
      assert.ok(await server.ended);
      return;
    }
    const killed = run();
    const [port] = await waitFor("a port", once(killed.stdout, "data"));
    const proxy = await startLive("proxy", `ws://127.0.0.1:${Number(String(port))}`);
    const client = await connectTcp(proxy.on);
    await client.waitForBytes((bytes) => bytes.length === 4);
    killed.kill("SIGKILL");
    assert.ok(await client.ended);
  });
}

test("an unreachable target resets the client, with a note", async () => {
  const target = await startTcpServer();
  target.close();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`);
  const client = await connectTcp(proxy.on);
  assert.equal(await client.ended, "reset");
  await proxy.waitForOutput(/cannot connect to ws:\/\/127\.0\.0\.1:\d+: connection refused/, "stderr");
  assert.equal(await proxy.interrupt(), 130);
});

test("a side that does not read slows down the other, and the relay buffers little", async () => {
  const { proxy, client, server } = await joined();
  server.socket.pause();
  const most = 256;
  let sent = 0;
  // Nobody reads the bytes, so the connection eventually stays full.
  for (; sent < most; sent++) {
    const full = !client.socket.write(randomBytes(PIECE));
    if (full && client.socket.writableLength >= 4 * PIECE && (await isStuck(client.socket))) break;
  }
  assert.ok(sent < most, `${sent} MiB were taken`);
  const peak = await readPeakMemory(proxy.child);
  assert.ok(peak < 200 * 1024, `${peak} KiB of memory`);
  server.socket.resume();
  client.socket.end();
  const all = (sent + 1) * PIECE;
  assert.equal((await server.waitForBytes(({ length }) => length >= all)).length, all);
});

test("a view that nobody reads slows down the senders, and is complete once it is read", async () => {
  const target = await startTcpServer();
  const proxy = await startLive("proxy", `ws://127.0.0.1:${target.port}`, "--to", "ndjson");
  const client = await connectTcp(proxy.on);
  const server = await target.next();
  client.socket.write("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n");
  await server.waitForBytes((heard) => heard.includes("\r\n\r\n"));
  server.socket.write("HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n");
  await proxy.waitForOutput(/"handshake"/);
  proxy.child.stdout.pause();
  const frame = encodeFrame({ opcode: 2, payload: randomBytes(PIECE), maskingKey: 1 });
  const most = 256;
  let sent = 0;
  for (; sent < most; sent++) {
    const full = !client.socket.write(frame);
    if (full && client.socket.writableLength >= 4 * PIECE && (await isStuck(client.socket))) break;
  }
  assert.ok(sent < most, `${sent} MiB were taken`);
  const peak = await readPeakMemory(proxy.child);
  assert.ok(peak < 200 * 1024, `${peak} KiB of memory`);
  proxy.child.stdout.resume();
  client.socket.end();
  assert.equal(await server.ended, "FIN");
  server.socket.end();
  await proxy.waitForOutput(/"type":"end"/);
  assert.equal(proxy.records.filter(({ type }) => type === "frame").length, sent + 1);
});

/** Whether sending has stalled for as long as it takes to write a lot. */
async function isStuck(socket: Socket): Promise<boolean> {
  const before = socket.bytesWritten - socket.writableLength;
  await new Promise((resolve) => setTimeout(resolve, 100));
  return socket.bytesWritten - socket.writableLength === before;
}
