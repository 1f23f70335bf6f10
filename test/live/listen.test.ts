/** The server for testing clients, with clients of the `ws` package. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { encodeFrame, type FrameDescription } from "../../src/index.js";
import { LiveCommand, startLive } from "../support/live.js";
import { readPeakMemory } from "../support/processes.js";
import { connectTcp, type TcpPeer } from "../support/tcp.js";
import { connectWs, createWsClient } from "../support/ws-peers.js";

const REQUEST =
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const urlOf = ({ on }: { readonly on: number }): string => `ws://127.0.0.1:${on}/`;

test("every message is echoed with its opcode, and the frames are shown", async () => {
  const listen = await startLive("listen");
  const client = await connectWs(urlOf(listen));
  const binary = new Promise((resolve) => client.socket.once("message", (_, isBinary) => resolve(isBinary)));
  client.socket.send(Buffer.from("bytes"));
  assert.equal(await client.next(), "bytes");
  assert.equal(await binary, true);
  for (const text of ["Hello", "", "Größe 🙂", "x".repeat(100_000)]) {
    client.socket.send(text);
    assert.ok((await client.next()) === text);
  }
  client.socket.ping("are you there");
  assert.equal(await client.pong(), "are you there");
  client.socket.close(4000, "enough");
  assert.equal((await client.closed).code, 4000);
  await listen.waitForOutput(/the client closed the connection with 4000/);
  assert.equal(await listen.interrupt(), 130);
  assert.match(listen.stderr, /^wsframe: listening on ws:\/\/127\.0\.0\.1:\d+; Ctrl-C to stop\n$/);
  assert.match(listen.stdout, /client → +text +5 +"Hello"\n.*← server +text +5 +"Hello"\n/);
});

test("broadcast relays each message to all other clients, but not to its sender", async () => {
  const listen = await startLive("listen", "--reply", "broadcast");
  const clients = await Promise.all([1, 2, 3].map(() => connectWs(urlOf(listen))));
  for (const [i, { socket }] of clients.entries()) {
    socket.send(`from ${i}`);
    for (const other of clients.filter((_, j) => j !== i)) assert.equal(await other.next(), `from ${i}`);
  }
  clients[0]!.socket.close();
  await clients[0]!.closed;
  clients[1]!.socket.send("two are left");
  assert.equal(await clients[2]!.next(), "two are left");
});

test("with --reply none, messages are not answered, but pings and Close are", async () => {
  const listen = await startLive("listen", "--reply", "none", "--to", "ndjson");
  const client = await connectWs(urlOf(listen));
  client.socket.send("hello");
  client.socket.ping("a");
  assert.equal(await client.pong(), "a");
  client.socket.close(1000);
  assert.equal((await client.closed).code, 1000);
  await listen.waitForOutput(/"type":"end"[^\n]*"sender":"server"/);
  const said = listen.records.filter(({ type, sender }) => type === "frame" && sender === "server");
  assert.deepEqual(
    said.map(({ opcodeName }) => opcodeName),
    ["pong", "close"],
  );
});

test("the server picks the first offered subprotocol, or the first of --subprotocol", async () => {
  const any = await startLive("listen");
  assert.equal((await connectWs(urlOf(any), {}, ["b", "a"])).socket.protocol, "b");
  assert.equal((await connectWs(urlOf(any))).socket.protocol, "");
  const some = await startLive("listen", "--subprotocol", "a", "--subprotocol", "c");
  assert.equal((await connectWs(urlOf(some), {}, ["b", "c", "a"])).socket.protocol, "c");
  assert.match(await createWsClient(urlOf(some), {}, ["b"]).error, /Server sent no subprotocol/);
});

test("an invalid subprotocol is a finding, and is not repeated in the response", async () => {
  const listen = await startLive("listen", "--to", "ndjson");
  for (const [offered, chosen] of [
    ["bad value", null],
    ["a\x1b[31mb", null],
    ["b\xe9d, chat", "chat"],
    ["a;b, c=d", null],
  ] as const) {
    const before = listen.records.length;
    const client = await connectTcp(listen.on);
    client.socket.write(Buffer.from(REQUEST.replace(/\r\n$/, `Sec-WebSocket-Protocol: ${offered}\r\n\r\n`), "latin1"));
    const answer = String(await client.waitForBytes((bytes) => bytes.includes("\r\n\r\n")));
    assert.match(answer, /^HTTP\/1\.1 101 /);
    assert.equal(/^Sec-WebSocket-Protocol: (.*)$/m.exec(answer)?.[1] ?? null, chosen);
    await listen.waitForOutput(new RegExp(`^(?:.*\n){${before}}.*handshake-subprotocol`));
  }
});

test("--subprotocol must be a token", async () => {
  for (const name of ["a\r\nX: y", "a b", "", "a,b"]) {
    const listen = new LiveCommand(["listen", "--port", "0", "--subprotocol", name]);
    assert.equal(await listen.waitForEnd(), 2);
    assert.match(listen.stderr, /^wsframe: --subprotocol may contain letters, digits [^\n]*\n$/);
  }
});

test("messages are compressed if the client offers it, unless that is turned off", async () => {
  const text = "again and again ".repeat(100);
  const listen = await startLive("listen", "--to", "ndjson");
  for (const offer of [
    { threshold: 0 },
    { threshold: 0, serverMaxWindowBits: 10, clientMaxWindowBits: 9, clientNoContextTakeover: true },
  ]) {
    const client = await connectWs(urlOf(listen), { perMessageDeflate: offer });
    assert.match(client.socket.extensions, /^permessage-deflate/);
    for (let i = 0; i < 3; i++) {
      client.socket.send(text);
      assert.equal(await client.next(), text);
    }
    client.socket.close();
    await client.closed;
  }
  await listen.interrupt();
  const messages = listen.records.filter(({ type }) => type === "message");
  assert.equal(messages.length, 12);
  assert.ok(messages.every(({ compressed, payload }) => compressed && payload === text));
  assert.ok(listen.records.every(({ findings }) => findings.length === 0));
  const plain = await startLive("listen", "--no-deflate");
  const client = await connectWs(urlOf(plain), { perMessageDeflate: true });
  assert.equal(client.socket.extensions, "");
});

test("with --no-pong a ping is not answered, but later messages are", async () => {
  const listen = await startLive("listen", "--no-pong");
  const client = await connectWs(urlOf(listen));
  let pongs = 0;
  client.socket.on("pong", () => pongs++);
  client.socket.ping("a");
  client.socket.send("after it");
  assert.equal(await client.next(), "after it");
  assert.equal(pongs, 0);
});

test("--close-code sets the status code of the answer", async () => {
  const listen = await startLive("listen", "--close-code", "4001");
  const client = await connectWs(urlOf(listen));
  client.socket.close(1000);
  assert.equal((await client.closed).code, 4001);
});

test("--close-code may be a status code that must not be sent", async () => {
  const listen = await startLive("listen", "--close-code", "1006");
  const client = await connectWs(urlOf(listen));
  const error = client.error;
  client.socket.close(1000);
  assert.match(await error, /invalid status code 1006/);
});

test("the connection is dropped at the client's n-th frame, without a Close", async () => {
  const listen = await startLive("listen", "--drop-after", "2");
  const client = await connectWs(urlOf(listen));
  client.socket.send("one");
  assert.equal(await client.next(), "one");
  client.socket.send("two");
  assert.equal((await client.closed).code, 1006);
});

test("messages are sent in fragments", async () => {
  const listen = await startLive("listen", "--fragment", "2", "--to", "ndjson");
  const client = await connectWs(urlOf(listen));
  client.socket.send("Hello");
  assert.equal(await client.next(), "Hello");
  await listen.waitForOutput(/"type":"message"[^\n]*"sender":"server"/);
  const frames = listen.records.filter(({ type, sender }) => type === "frame" && sender === "server");
  assert.deepEqual(
    frames.map(({ opcode, fin, payload }) => [opcode, fin, payload]),
    [
      [1, false, "He"],
      [0, false, "ll"],
      [0, true, "o"],
    ],
  );
});

test("the server can mask frames, which is forbidden, and the client reports it", async () => {
  const listen = await startLive("listen", "--mask");
  const client = await connectWs(urlOf(listen));
  client.socket.send("hello");
  assert.equal(await client.error, "Invalid WebSocket frame: MASK must be clear");
  await listen.waitForOutput(/masked-server-frame/);
});

test("the client refuses a wrong Sec-WebSocket-Accept", async () => {
  const listen = await startLive("listen", "--accept", "wrong");
  assert.equal(await createWsClient(urlOf(listen)).error, "Invalid Sec-WebSocket-Accept header");
  await listen.waitForOutput(/handshake-accept/);
});

test("delayed replies come after immediate ones, in order", async () => {
  const listen = await startLive("listen", "--delay", "200");
  const client = await connectWs(urlOf(listen));
  const order: string[] = [];
  client.socket.on("pong", (bytes) => order.push(`pong ${bytes}`));
  client.socket.on("message", (bytes) => order.push(String(bytes)));
  client.socket.send("one");
  client.socket.send("two");
  client.socket.ping("after them");
  await client.next();
  await client.next();
  assert.deepEqual(order, ["pong after them", "one", "two"]);
});

/** An open connection for sending raw bytes. */
async function opened(port: number, request = REQUEST): Promise<TcpPeer & { after(): Promise<Buffer> }> {
  const client = await connectTcp(port);
  client.socket.write(request);
  const head = await client.waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  assert.match(String(head), /^HTTP\/1\.1 101 /);
  return Object.assign(client, {
    async after() {
      assert.equal(await client.ended, "FIN");
      const all = await client.waitForBytes(() => true);
      return all.subarray(all.indexOf("\r\n\r\n") + 4);
    },
  });
}

const FAULTS: readonly (readonly [what: string, code: number, ...frames: FrameDescription[]])[] = [
  ["a frame that is not masked", 1002, { opcode: 1, maskingKey: null }],
  ["a reserved opcode", 1002, { opcode: 11 }],
  ["an RSV bit", 1002, { opcode: 2, rsv3: true }],
  ["a ping in fragments", 1002, { opcode: 9, fin: false }],
  ["a continuation of nothing", 1002, { opcode: 0 }],
  ["a Close of one byte", 1002, { opcode: 8, payload: Uint8Array.of(1) }],
  ["a length of 2^63", 1002, { opcode: 2, payloadLength: 2n ** 63n }],
  ["a length that is larger than may be", 1009, { opcode: 2, payloadLength: 2 ** 30 }],
  ["text that is no UTF-8", 1007, { opcode: 1, payload: Uint8Array.of(0xff) }],
];

test("a fault is answered with its close code, and ends the connection", async () => {
  const listen = await startLive("listen");
  for (const [what, code, ...frames] of FAULTS) {
    const client = await opened(listen.on);
    for (const frame of frames) client.socket.write(encodeFrame({ maskingKey: 0x37fa213d, ...frame }));
    assert.deepEqual([...(await client.after())], [0x88, 2, code >> 8, code & 0xff], what);
    client.socket.end();
  }
  assert.equal(await listen.interrupt(), 130);
});

test("a message over the maximum size is answered with 1009", async () => {
  const listen = await startLive("listen", "--max-payload", "1KiB");
  const client = await connectWs(urlOf(listen));
  client.socket.send("x".repeat(1024));
  assert.equal((await client.next()).length, 1024);
  client.socket.send("x".repeat(1025));
  assert.equal((await client.closed).code, 1009);
  const compressing = await connectWs(urlOf(listen), { perMessageDeflate: { threshold: 0 } });
  compressing.socket.send("x".repeat(100_000));
  assert.equal((await compressing.closed).code, 1009);
});

test("bytes after the request are the first frames", async () => {
  const listen = await startLive("listen");
  const hello = encodeFrame({ opcode: 1, maskingKey: 0x37fa213d, payload: Buffer.from("hello") });
  const client = await connectTcp(listen.on);
  client.socket.write(Buffer.concat([Buffer.from(REQUEST), hello]));
  await client.waitForBytes((bytes) => bytes.includes("\x81\x05hello", 0, "latin1"));
});

const REFUSALS: readonly (readonly [what: string, request: string, answer: RegExp])[] = [
  ["plain HTTP", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1\.1 426 Upgrade Required\r\nUpgrade: websocket\r\n/],
  ["a key that is none", REQUEST.replace("dGhl", "!"), /^HTTP\/1\.1 400 Bad Request\r\n.*Sec-WebSocket-Key is not/s],
  [
    "another version",
    REQUEST.replace("Version: 13", "Version: 8"),
    /^HTTP\/1\.1 426 .*\r\nSec-WebSocket-Version: 13\r\n/s,
  ],
  ["POST", REQUEST.replace("GET", "POST"), /^HTTP\/1\.1 426 /],
  ["a head without end", "x".repeat(300_000), /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/],
];

test("an invalid opening handshake is refused with a complete response, and the connection ends", async () => {
  const listen = await startLive("listen");
  for (const [what, request, answer] of REFUSALS) {
    const client = await connectTcp(listen.on);
    client.socket.write(request);
    assert.match(String(await client.waitForBytes((bytes) => bytes.includes("\r\n\r\n"))), answer, what);
    await client.ended;
    client.socket.end();
  }
  const response = await fetch(`http://127.0.0.1:${listen.on}/`);
  assert.deepEqual([response.status, await response.text()], [426, "This is a WebSocket server (RFC 6455).\n"]);
});

test("Ctrl-C sends Close 1001 to all clients, and the verdict is printed", async () => {
  const listen = await startLive("listen");
  const clients = await Promise.all([1, 2, 3].map(() => connectWs(urlOf(listen))));
  const idle = await connectTcp(listen.on);
  await listen.waitForOutput(/(?:101 Switching[\s\S]*){3}/);
  assert.equal(await listen.interrupt(), 130);
  for (const { closed } of clients) assert.equal((await closed).code, 1001);
  assert.ok(await idle.ended);
  assert.equal(listen.stdout.match(/the server closed the connection with 1001 Going Away/g)?.length, 3);
});

test("a client that disconnects without a Close is not our error", async () => {
  const listen = await startLive("listen");
  const gone = await connectWs(urlOf(listen));
  gone.socket.terminate();
  const reset = await opened(listen.on);
  reset.socket.resetAndDestroy();
  const client = await connectWs(urlOf(listen));
  client.socket.send("still there");
  assert.equal(await client.next(), "still there");
  assert.equal(await listen.interrupt(), 130);
  assert.doesNotMatch(listen.stderr, /rror/);
});

test("running out of files is reported in one line, and later clients are served", async () => {
  const listen = new LiveCommand(["listen", "--port", "0"], {}, "ulimit -n 40");
  const port = await listen.waitForPort();
  const many = await Promise.all(Array.from({ length: 60 }, () => connectTcp(port)));
  await listen.waitForOutput(/too many open files/, "stderr");
  for (const { socket } of many) socket.destroy();
  const isServed = (): Promise<boolean> =>
    new Promise((resolve) => {
      const { socket } = createWsClient(`ws://127.0.0.1:${port}`);
      socket.once("open", () => resolve(true)).once("error", () => resolve(false));
    });
  while (!(await isServed()));
  assert.equal(await listen.interrupt(), 130);
  assert.match(
    listen.stderr,
    /^[^\n]*\nwsframe: too many open files: new connections are refused until others end; ulimit -n raises the limit\n$/,
  );
});

test("clients that read nothing share bounded memory, and do not delay messages to the others", async () => {
  const listen = await startLive("listen", "--reply", "broadcast", "--to", "summary");
  const deaf = await Promise.all(Array.from({ length: 20 }, () => opened(listen.on)));
  for (const { socket } of deaf) socket.pause();
  const [one, other] = [await connectWs(urlOf(listen)), await connectWs(urlOf(listen))];
  const size = 2 ** 20;
  // Without the shared limit, this would buffer 1.4 GB.
  for (let i = 0; i < 70; i++) {
    one.socket.send(Buffer.alloc(size, i));
    assert.equal((await other.next()).length, size);
  }
  const peak = await readPeakMemory(listen.child);
  assert.ok(peak < 400 * 1024, `${peak} KiB of memory`);
  for (const { socket } of deaf) socket.destroy();
  assert.equal(await listen.interrupt(), 130);
  assert.match(
    listen.stderr,
    /\nwsframe: disconnected 127\.0\.0\.1:\d+: it reads nothing, and [\d,]+ bytes are queued for it [^\n]*\n/,
  );
});

test("highly compressed messages take bounded memory, even if all clients send them at once", async () => {
  const listen = await startLive("listen", "--reply", "broadcast", "--to", "summary");
  const deaf = await Promise.all(Array.from({ length: 10 }, () => opened(listen.on)));
  for (const { socket } of deaf) socket.pause();
  const compressing = REQUEST.replace(/\r\n$/, "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  const senders = await Promise.all(Array.from({ length: 20 }, () => opened(listen.on, compressing)));
  const zeros = deflateRawSync(Buffer.alloc(4 * 2 ** 20), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const frame = encodeFrame({ opcode: 2, rsv1: true, maskingKey: 1, payload: zeros });
  const bomb = Buffer.concat(Array.from({ length: 14 }, () => frame));
  assert.ok(bomb.length < 64 * 1024);
  for (const { socket } of senders) {
    socket.pause();
    socket.write(bomb);
  }
  await listen.waitForOutput(/reads nothing/, "stderr");
  const peak = await readPeakMemory(listen.child);
  assert.ok(peak < 500 * 1024, `${peak} KiB of memory`);
  for (const { socket } of [...deaf, ...senders]) socket.destroy();
  assert.equal(await listen.interrupt(), 130);
});

test("a view that nobody reads slows down sending to many clients, without warnings from Node", async () => {
  const listen = await startLive("listen", "--reply", "broadcast", "--to", "ndjson");
  const clients = await Promise.all([1, 2, 3, 4].map(() => connectWs(urlOf(listen))));
  await listen.waitForOutput(/(?:handshake[\s\S]*){4}/);
  listen.child.stdout.pause();
  const [sender] = clients;
  const frame = "x".repeat(2 ** 16);
  // Unread bytes stay with their sender.
  for (let i = 0; i < 100; i++) sender?.socket.send(frame);
  await new Promise((resolve) => setTimeout(resolve, 300));
  listen.child.stdout.resume();
  for (const client of clients.slice(1))
    for (let i = 0; i < 100; i++) assert.equal((await client.next()).length, 2 ** 16);
  assert.equal(await listen.interrupt(), 130);
  assert.match(listen.stderr, /^wsframe: listening [^\n]*\n$/);
  assert.equal(listen.records.filter(({ opcode }) => opcode === 1).length, 400);
});
