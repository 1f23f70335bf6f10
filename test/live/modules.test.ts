/** The proxy, the server and the client as modules: what their observers see, with the `ws` package as the peer. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildRequest } from "../../src/cli/options/client-request.js";
import { parseTarget } from "../../src/cli/options/target.js";
import { WebSocketClient } from "../../src/live/client.js";
import type { EndpointPolicy } from "../../src/live/endpoint.js";
import { ENDPOINT_CALLBACKS } from "../../src/live/endpoint-policy.js";
import { Listener, type ListenerOptions } from "../../src/live/listener.js";
import { RelayingProxy } from "../../src/live/proxy.js";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import { createSelfSigned } from "../support/certificates.js";
import { OPENSSL, testWithPeer } from "../support/peers.js";
import { createObserver, type RecordingObserver } from "../support/recording-observer.js";
import { readRecords } from "../support/records.js";
import { connectTcp, startTcpServer } from "../support/tcp.js";
import { connectWs, startWsEcho, startWsServer } from "../support/ws-peers.js";

const DOOR = { host: "127.0.0.1", port: 0, certificate: null, maxConnections: 100 };
const CONDUCT: Omit<EndpointPolicy, "role" | "mask"> = {
  answersPings: true,
  closeCode: null,
  fragmentSize: null,
  maxMessageBytes: 2 ** 20,
};

const open = new Set<() => Promise<void>>();
after(() => Promise.all([...open].map((close) => close())));

async function proxyTo(url: string, watch: RecordingObserver, options = {}): Promise<RelayingProxy> {
  const proxy = new RelayingProxy({ ...DOOR, target: parseTarget(url), insecure: false, ...options }, watch);
  await proxy.open();
  open.add(() => proxy.close(1001, ENDPOINT_CALLBACKS.maskingKey));
  return proxy;
}

async function listener(watch: RecordingObserver, options: Partial<ListenerOptions> = {}): Promise<Listener> {
  const all = {
    delay: 0,
    dropAfter: null,
    isAcceptCorrect: true,
    subprotocols: [],
    deflate: true,
    reply: "echo",
  } as const;
  const conduct: EndpointPolicy = { ...CONDUCT, role: "server", mask: false };
  const server = new Listener({ ...DOOR, policy: conduct, ...all, ...options }, ENDPOINT_CALLBACKS, watch);
  await server.open();
  open.add(() => server.close(1001));
  return server;
}

/** A client that calls back once it is open. */
function client(
  url: string,
  watch: RecordingObserver,
  opened: (it: WebSocketClient) => void,
  options = {},
): WebSocketClient {
  const target = parseTarget(url);
  const it: WebSocketClient = new WebSocketClient(
    {
      target,
      insecure: false,
      ...buildRequest(target, {}),
      policy: { ...CONDUCT, role: "client", mask: true },
      ...options,
    },
    { ...ENDPOINT_CALLBACKS, opened: () => opened(it), message() {} },
    watch,
  );
  return it;
}

/** The frames in one side's bytes after the head, in short. */
function frames(said: Buffer, sender: "client" | "server"): string[] {
  const head = said.indexOf("\r\n\r\n") + 4;
  return readRecords([said.subarray(head)], { sender, extensions: "none" })
    .filter(({ type }) => type === "frame")
    .map(({ opcodeName, payload, closeCode }) => `${opcodeName} ${closeCode ?? payload}`);
}

test("proxy: observers see the bytes of both sides, their addresses, and who closed the connection", async () => {
  const watch = createObserver();
  const echo = await startWsEcho();
  const proxy = await proxyTo(echo.url, watch);
  const peer = await connectWs(`ws://127.0.0.1:${proxy.port}/chat`);
  const seen = await watch.next();
  peer.socket.send("Hello");
  assert.equal(await peer.next(), "Hello");
  peer.socket.close(1000);
  assert.equal((await peer.closed).code, 1000);
  // The server closes TCP first (RFC 6455 §7.1.1).
  assert.deepEqual(await seen.ended, { kind: "closed", by: 1 });
  assert.equal(seen.endpoints?.[1], `127.0.0.1:${echo.port}`);
  assert.match(String(seen.sentBy(0)), /^GET \/chat HTTP\/1\.1\r\n/);
  assert.match(String(seen.sentBy(1)), /^HTTP\/1\.1 101 /);
  assert.deepEqual(frames(seen.sentBy(0), "client"), ["text Hello", "close 1000"]);
  assert.deepEqual(frames(seen.sentBy(1), "server"), ["text Hello", "close 1000"]);
  assert.deepEqual(watch.notes, []);
});

test("proxy: closing it sends Close to both sides, on behalf of each other", async () => {
  const watch = createObserver();
  const server = await startWsServer();
  const proxy = await proxyTo(server.url, watch);
  const peer = await connectWs(`ws://127.0.0.1:${proxy.port}`);
  const other = await server.next();
  const seen = await watch.next();
  await proxy.close(1001, ENDPOINT_CALLBACKS.maskingKey);
  assert.deepEqual([(await peer.closed).code, (await other.closed).code], [1001, 1001]);
  await seen.ended;
  // The observer sees the Close that each side appears to send, but not the answers, which are dropped.
  assert.deepEqual(frames(seen.sentBy(0), "client"), ["close 1001"]);
  assert.deepEqual(frames(seen.sentBy(1), "server"), ["close 1001"]);
});

test("proxy: an observer that throws gives one note, and the bytes are still relayed", async () => {
  const watch = createObserver(() => {
    throw new Error("cannot look");
  });
  const proxy = await proxyTo((await startWsEcho()).url, watch);
  const peer = await connectWs(`ws://127.0.0.1:${proxy.port}`);
  for (const text of ["one", "two"]) {
    peer.socket.send(text);
    assert.equal(await peer.next(), text);
  }
  assert.equal(watch.notes.length, 1);
  assert.match(
    watch.notes[0] as string,
    /^internal error: cannot look; 127\.0\.0\.1:\d+ → .* is no longer shown, its bytes are still relayed$/,
  );
});

test("proxy: reading pauses while observers lag behind", async () => {
  const watch = createObserver();
  const target = await startTcpServer();
  const proxy = await proxyTo(`ws://127.0.0.1:${target.port}`, watch);
  const peer = await connectTcp(proxy.port);
  const other = await target.next();
  const seen = await watch.next();
  peer.socket.write("first");
  await other.waitForBytes((heard) => String(heard) === "first");
  let caughtUp = (): void => {};
  watch.draining = new Promise((resolve) => {
    caughtUp = resolve;
  });
  const much = Buffer.alloc(8 * 2 ** 20, "more");
  peer.socket.write(much);
  // Unread bytes stay in the sockets and with their sender.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(String(seen.sentBy(0)), "first");
  assert.ok(peer.socket.writableLength > 0);
  watch.draining = null;
  caughtUp();
  await other.waitForBytes(({ length }) => length === 5 + much.length);
  assert.equal(seen.sentBy(0).length, 5 + much.length);
});

test("proxy: a reset of one side resets the other, and observers see it", async () => {
  for (const [by, last] of [
    [0, ""],
    [1, ""],
    // Right after data, libuv reports a reset as an end.
    [0, "last words"],
    [1, "last words"],
  ] as const) {
    const watch = createObserver();
    const target = await startTcpServer();
    const proxy = await proxyTo(`ws://127.0.0.1:${target.port}`, watch);
    const peer = await connectTcp(proxy.port);
    const sides = [peer, await target.next()] as const;
    const seen = await watch.next();
    sides[by].socket.write(last);
    sides[by].socket.resetAndDestroy();
    assert.equal(await sides[by === 0 ? 1 : 0].ended, "reset");
    assert.deepEqual(await seen.ended, { kind: "reset", by });
    assert.equal(String(seen.sentBy(by)), last);
  }
});

test("proxy: an unreachable target gives a note, and its client is reset", async () => {
  const watch = createObserver();
  const target = await startTcpServer();
  target.close();
  const proxy = await proxyTo(`ws://127.0.0.1:${target.port}`, watch);
  const peer = await connectTcp(proxy.port);
  peer.socket.resume();
  assert.equal(await peer.ended, "reset");
  assert.match(
    watch.notes.join("\n"),
    /^cannot connect to ws:\/\/127\.0\.0\.1:\d+: connection refused; is the server running\?$/,
  );
});

test("proxy: a target that is the proxy itself gives a note, and no connection opens another", async () => {
  const watch = createObserver();
  const door = await startTcpServer();
  door.close();
  const proxy = await proxyTo(`ws://127.0.0.1:${door.port}`, watch, { port: door.port });
  const peer = await connectTcp(proxy.port);
  peer.socket.resume();
  assert.equal(await peer.ended, "reset");
  assert.deepEqual(watch.notes, [`the target is this proxy itself (127.0.0.1:${door.port}): connection refused`]);
});

test("proxy: when a client disconnects during the connection attempt, the attempt is cancelled", async () => {
  // The target accepts TCP, but never answers TLS.
  const target = await startTcpServer();
  const watch = createObserver();
  const proxy = await proxyTo(`wss://127.0.0.1:${target.port}`, watch);
  const peer = await connectTcp(proxy.port);
  const there = await target.next();
  await there.waitForBytes(({ length }) => length > 0);
  peer.socket.write("GET / HTTP/1.1\r\n");
  await new Promise((resolve) => setTimeout(resolve, 100));
  peer.socket.resetAndDestroy();
  assert.match(await there.ended, /FIN|reset/);
  assert.deepEqual(watch.notes, []);
});

test("server: observers see both sides", async () => {
  const watch = createObserver();
  const server = await listener(watch);
  const peer = await connectWs(`ws://127.0.0.1:${server.port}`);
  const seen = await watch.next();
  peer.socket.send("Hello");
  assert.equal(await peer.next(), "Hello");
  peer.socket.ping("?");
  assert.equal(await peer.pong(), "?");
  peer.socket.close(1000);
  assert.equal((await peer.closed).code, 1000);
  assert.deepEqual(await seen.ended, { kind: "closed", by: 1 });
  assert.deepEqual(frames(seen.sentBy(0), "client"), ["text Hello", "ping ?", "close 1000"]);
  assert.deepEqual(frames(seen.sentBy(1), "server"), ["text Hello", "pong ?", "close 1000"]);
});

test("server: it agrees on a subprotocol and compression, and compressed messages are echoed", async () => {
  const server = await listener(createObserver(), { subprotocols: ["chat"], delay: 5 });
  const peer = await connectWs(`ws://127.0.0.1:${server.port}`, { perMessageDeflate: { threshold: 0 } }, [
    "other",
    "chat",
  ]);
  assert.equal(peer.socket.protocol, "chat");
  assert.match(peer.socket.extensions, /permessage-deflate/);
  const text = "again and ".repeat(100);
  peer.socket.send(text);
  assert.equal(await peer.next(), text);
});

test("server: broadcast reaches all other clients", async () => {
  const server = await listener(createObserver(), { reply: "broadcast" });
  const url = `ws://127.0.0.1:${server.port}`;
  const [one, two, three] = [await connectWs(url), await connectWs(url), await connectWs(url)];
  one.socket.send("to all");
  assert.deepEqual(await Promise.all([two.next(), three.next()]), ["to all", "to all"]);
  two.socket.send("back");
  // The first sender does not get its own message, only the other client's.
  assert.equal(await one.next(), "back");
});

test("server: closing it sends 1001, and waits for the answers", async () => {
  const server = await listener(createObserver());
  const peers = await Promise.all([1, 2, 3].map(() => connectWs(`ws://127.0.0.1:${server.port}`)));
  await server.close(1001);
  assert.deepEqual(await Promise.all(peers.map(async ({ closed }) => (await closed).code)), [1001, 1001, 1001]);
});

test("server: one frame too many drops the connection, and a malformed request is refused", async () => {
  const watch = createObserver();
  const server = await listener(watch, { dropAfter: 2 });
  const peer = await connectWs(`ws://127.0.0.1:${server.port}`);
  for (const text of ["one", "two"]) peer.socket.send(text);
  assert.equal((await peer.closed).code, 1006);
  const wrong = await connectTcp(server.port);
  wrong.socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  assert.match(String(await wrong.waitForBytes((heard) => heard.includes("\r\n\r\n"))), /^HTTP\/1\.1 426 /);
  const long = await connectTcp(server.port);
  long.socket.write(`GET / HTTP/1.1\r\nX: ${"x".repeat(300_000)}\r\n\r\n`);
  assert.match(String(await long.waitForBytes((heard) => heard.includes("\r\n\r\n"))), /^HTTP\/1\.1 431 /);
});

test("client: observers see both sides, and the outcome is reported", async () => {
  const watch = createObserver();
  const echo = await startWsEcho();
  const it = client(echo.url, watch, () => {
    it.send(1, Buffer.from("Hello"));
    it.sendRaw(encodeFrame({ opcode: 9, payload: Buffer.from("?"), maskingKey: 1 }));
    it.close(4000, Buffer.from("done"));
  });
  assert.deepEqual(await it.run(), {
    isOpened: true,
    handshakeFailure: null,
    isClosingComplete: true,
    closeCode: 4000,
    isCloseEchoed: true,
  });
  const seen = await watch.next();
  assert.deepEqual(await seen.ended, { kind: "closed", by: 1 });
  assert.deepEqual(frames(seen.sentBy(0), "client"), ["text Hello", "ping ?", "close 4000"]);
  assert.deepEqual(frames(seen.sentBy(1), "server"), ["text Hello", "pong ?", "close 4000"]);
});

test("client: a server that disconnects, refuses, or is unreachable", async () => {
  const server = await startWsServer();
  const left = client(server.url, createObserver(), () => {});
  const outcome = left.run();
  (await server.next()).socket.terminate();
  assert.deepEqual(await outcome, {
    isOpened: true,
    handshakeFailure: null,
    isClosingComplete: false,
    closeCode: null,
    isCloseEchoed: false,
  });

  const refusing = await startWsServer({ verifyClient: () => false });
  const refused = await client(refusing.url, createObserver(), () => assert.fail()).run();
  assert.deepEqual(refused, {
    isOpened: false,
    handshakeFailure: "refused",
    isClosingComplete: false,
    closeCode: null,
    isCloseEchoed: false,
  });

  const silent = await startTcpServer();
  const waiting = client(`ws://127.0.0.1:${silent.port}`, createObserver(), () => assert.fail());
  const ended = waiting.run();
  await (await silent.next()).waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  waiting.close(1000);
  assert.equal((await ended).handshakeFailure, null, "ended by the client itself");

  const gone = await startTcpServer();
  gone.close();
  await assert.rejects(
    client(`ws://127.0.0.1:${gone.port}`, createObserver(), () => assert.fail()).run(),
    /ECONNREFUSED/,
  );
});

test("client: sending pauses while the server reads nothing", async () => {
  const server = await startWsServer();
  const it = client(server.url, createObserver(), () => {});
  const outcome = it.run();
  const peer = await server.next();
  peer.socket.pause();
  const much = Buffer.alloc(2 ** 20);
  while (it.draining === null) {
    it.send(2, much);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { draining } = it;
  assert.equal(it.draining, draining);
  peer.socket.resume();
  await draining;
  assert.equal(it.draining, null);
  it.close(1000);
  assert.deepEqual(await outcome, {
    isOpened: true,
    handshakeFailure: null,
    isClosingComplete: true,
    closeCode: 1000,
    isCloseEchoed: true,
  });
});

testWithPeer(OPENSSL, "TLS: as a server, and with a server, whose certificate must be verified", async () => {
  const certificate = createSelfSigned("modules");
  const server = await listener(createObserver(), { certificate });
  const url = `wss://127.0.0.1:${server.port}`;
  await assert.rejects(client(url, createObserver(), () => assert.fail()).run(), /self.signed certificate/);
  const it = client(url, createObserver(), () => it.close(1000), { insecure: true });
  assert.deepEqual(await it.run(), {
    isOpened: true,
    handshakeFailure: null,
    isClosingComplete: true,
    closeCode: 1000,
    isCloseEchoed: true,
  });

  const watch = createObserver();
  const secure = await proxyTo(url, watch, { certificate, insecure: true });
  const peer = await connectWs(`wss://127.0.0.1:${secure.port}`, { rejectUnauthorized: false });
  peer.socket.send("Hello");
  assert.equal(await peer.next(), "Hello");
  assert.deepEqual(frames((await watch.next()).sentBy(0), "client"), ["text Hello"]);
  const plain = await connectTcp(secure.port);
  plain.socket.write("GET / HTTP/1.1\r\n\r\n");
  await plain.ended;
  assert.match(watch.notes.join("\n"), /TLS with 127\.0\.0\.1 failed: /);
});
