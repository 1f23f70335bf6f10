/** The client for testing servers, with servers of the `ws` package. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { resolve } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { computeAccept, encodeFrame } from "../../src/index.js";
import { LiveCommand } from "../support/live.js";
import { readPeakMemory, startProcess } from "../support/processes.js";
import { startTcpServer } from "../support/tcp.js";
import { startWsEcho, startWsServer } from "../support/ws-peers.js";

/** `connect` with lines on stdin, which then ends. */
function connecting(url: string, lines: readonly string[], ...args: readonly string[]): LiveCommand {
  const command = new LiveCommand(["connect", url, "--wait", "0", ...args]);
  command.typeLines(...lines);
  command.child.stdin.end();
  return command;
}

test("lines are sent as text, replies are shown, and the connection closes after the end of stdin", async () => {
  const { url } = await startWsEcho();
  const connect = new LiveCommand(["connect", url, "--wait", "0"]);
  connect.typeLines("Hello", "", "Größe 🙂", "//slash");
  await connect.waitForOutput(/← server +text +6 +"\/slash"/);
  connect.child.stdin.end();
  assert.equal(await connect.waitForEnd(), 0);
  assert.equal(connect.stderr, "");
  assert.match(connect.stdout, /client → +text +5 +"Hello"/);
  assert.match(connect.stdout, /← server +text +0/);
  assert.match(connect.stdout, /"Größe 🙂"/);
  assert.match(connect.stdout, /the client closed the connection with 1000 Normal Closure/);
});

test("on a terminal, a note says what to type", async () => {
  const { url } = await startWsEcho();
  const command = `${process.execPath} ${resolve("bin/wsframe.js")} connect ${url} --once`;
  const child = startProcess("script", ["-qec", command, "/dev/null"]);
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (!shown.includes("> ") && `${shown}${text}`.includes("> ")) child.stdin.write("hi\n");
    shown += text;
  });
  await once(child, "close");
  assert.match(shown, /wsframe: type a message, or \/help\r\n/);
  assert.match(stripVTControlCharacters(shown), /← server +text +2 +"hi"/);
});

test("prompt commands send their frames", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url, "--to", "ndjson"]);
  const there = await server.next();
  const heard: string[] = [];
  there.socket.on("ping", (bytes) => heard.push(`ping ${bytes}`));
  there.socket.on("pong", (bytes) => heard.push(`pong ${bytes}`));
  there.socket.on("message", (bytes: Buffer, binary) => heard.push(binary ? bytes.toString("hex") : `text ${bytes}`));
  connect.typeLines(
    "/ping a",
    "/pong b",
    "/binary 00 ff",
    "/fragment 2 hello",
    "/raw 81 80 00 00 00 01",
    "/close 4000 enough",
  );
  assert.deepEqual(await there.closed, { code: 4000, reason: "enough" });
  assert.deepEqual(heard, ["ping a", "pong b", "00ff", "text hello", "text "]);
  assert.equal(await connect.waitForEnd(), 0);
  const frames = connect.records.filter(({ type, sender }) => type === "frame" && sender === "client");
  assert.deepEqual(
    frames.map(({ opcodeName, fin, masked }) => `${opcodeName}${fin ? "" : "…"}${masked ? "" : " bare"}`),
    ["ping", "pong", "binary", "text…", "continuation…", "continuation", "text", "close"],
  );
});

test("a line that cannot be sent gives a note, and the connection stays open", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url]);
  const there = await server.next();
  connect.typeLines("/shout", "/binary x", "/help", "still here");
  assert.equal(await there.next(), "still here");
  connect.child.stdin.end();
  assert.equal(await connect.waitForEnd(), 0);
  const lines = connect.stderr.split("\n");
  assert.match(lines[0]!, /^wsframe: unknown command "\/shout"; \/help lists all/);
  assert.match(lines[1]!, /^wsframe: expected pairs of hex digits, .* not "\/binary x"/);
  assert.match(connect.stderr, /\n {2}\/close \[code\] \[reason\] +start the closing handshake\n/);
});

test("an invalid frame is sent, and the server's error is reported", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url]);
  const there = await server.next();
  const error = there.error;
  connect.typeLines("/invalid --rsv2 hello");
  assert.match(await error, /RSV2 and RSV3 must be clear/);
  assert.equal(await connect.waitForEnd(), 1);
  assert.match(connect.stdout, /rsv-without-extension/);
  assert.match(connect.stdout, /1002 Protocol Error/i);
});

test("with --once the connection closes after the first message", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url, "--once"]);
  const there = await server.next();
  there.socket.send("one");
  assert.equal((await there.closed).code, 1000);
  assert.equal(await connect.waitForEnd(), 0);
  assert.match(connect.stdout, /"one"/);
});

test("messages are compressed if the server agrees", async () => {
  const text = "again and again ".repeat(50);
  for (const perMessageDeflate of [
    { threshold: 0 },
    { threshold: 0, clientMaxWindowBits: 10, serverMaxWindowBits: 9 },
    { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  ]) {
    const { url } = await startWsEcho({ perMessageDeflate });
    const connect = new LiveCommand(["connect", url, "--deflate", "--to", "ndjson", "--wait", "0"]);
    connect.typeLines(text, text);
    await connect.waitForOutput(/(?:"type":"message"[^\n]*"sender":"server"[^\n]*\n[\s\S]*?){2}/);
    connect.child.stdin.end();
    assert.equal(await connect.waitForEnd(), 0);
    const messages = connect.records.filter(({ type }) => type === "message");
    assert.equal(messages.length, 4);
    assert.ok(messages.every(({ compressed, payload }) => compressed && payload === text));
  }
});

test("messages are not compressed if the server does not agree", async () => {
  const { url } = await startWsEcho({ perMessageDeflate: false });
  const connect = connecting(url, ["hello"], "--deflate", "--to", "ndjson");
  assert.equal(await connect.waitForEnd(), 0);
  assert.ok(connect.records.every(({ rsv1 }) => !rsv1));
});

test("the request contains the path, subprotocols, origin, headers, name and password", async () => {
  const server = await startWsServer({ handleProtocols: () => "v2" });
  const url = server.url.replace("ws://", "ws://jo:secret@");
  const connect = connecting(
    `${url}/chat?room=1`,
    [],
    ...["--subprotocol", "v1", "--subprotocol", "v2", "--origin", "https://page.example"],
    ...["-H", "Cookie: a=b", "-H", "X-Two: 2", "-H", "Host: elsewhere"],
  );
  const { request } = await server.next();
  assert.equal(request?.url, "/chat?room=1");
  const { headers } = request!;
  assert.equal(headers["sec-websocket-protocol"], "v1, v2");
  assert.equal(headers.origin, "https://page.example");
  assert.deepEqual([headers.cookie, headers["x-two"], headers.host], ["a=b", "2", "elsewhere"]);
  assert.equal(headers.authorization, `Basic ${btoa("jo:secret")}`);
  assert.equal(await connect.waitForEnd(), 0);
  assert.match(connect.stdout, /101 Switching Protocols +v2/);
  assert.doesNotMatch(connect.stdout + connect.stderr, /secret/);
});

test("a refusal exits with code 1, and the response is shown", async () => {
  const server = await startWsServer({ verifyClient: (_, done) => done(false, 403, "not you") });
  const connect = connecting(server.url, ["hello"]);
  assert.equal(await connect.waitForEnd(), 1);
  assert.match(connect.stdout, /403 Forbidden/);
  assert.match(connect.stderr, /wsframe: the server refused the handshake\n$/);
});

test("a server that ends the connection without an answer did not refuse the handshake", async () => {
  const target = await startTcpServer();
  const connect = new LiveCommand(["connect", `ws://127.0.0.1:${target.port}`]);
  const server = await target.next();
  await server.waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  server.socket.end("\x15\x03\x01\x00\x02\x02\x16");
  assert.equal(await connect.waitForEnd(), 1);
  assert.match(connect.stderr, /ended the connection without an answer; if it uses TLS, try wss:\/\/\n$/);
});

test("a server may send any number of interim responses", async () => {
  const target = await startTcpServer();
  const connect = new LiveCommand(["connect", `ws://127.0.0.1:${target.port}`, "--to", "ndjson"]);
  const server = await target.next();
  await server.waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  server.socket.end(`${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100_000)}HTTP/1.1 403 No\r\n\r\n`);
  assert.equal(await connect.waitForEnd(), 1);
  assert.deepEqual(connect.records.map(({ type }) => type)[0], "handshake");
  assert.doesNotMatch(connect.stderr, /call stack/);
});

test("a close with an error exits with code 1, a normal close with 0", async () => {
  for (const [code, exit] of [
    [1000, 0],
    [1001, 0],
    [1011, 1],
    [4000, 1],
    [undefined, 0],
  ] as const) {
    const server = await startWsServer();
    const connect = new LiveCommand(["connect", server.url]);
    (await server.next()).socket.close(code);
    assert.equal(await connect.waitForEnd(), exit, String(code));
  }
});

test("a server that disconnects without Close exits with code 1", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url]);
  const there = await server.next();
  connect.typeLines("hello");
  await there.next();
  there.socket.send("world");
  await connect.waitForOutput(/"world"/);
  there.socket.terminate();
  assert.equal(await connect.waitForEnd(), 1);
  assert.match(connect.stdout, /applications saw 1006 Abnormal Closure/);
});

test("a server that breaks a rule gets a Close, and the exit code is 1", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url]);
  const there = await server.next();
  (there.socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(
    encodeFrame({ opcode: 1, payload: Uint8Array.of(0xff) }),
  );
  assert.equal((await there.closed).code, 1007);
  assert.equal(await connect.waitForEnd(), 1);
  assert.match(connect.stdout, /invalid-utf8/);
});

test("a message over the maximum size is answered with 1009", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url, "--max-payload", "1KiB"]);
  const there = await server.next();
  there.socket.send("x".repeat(1025));
  assert.equal((await there.closed).code, 1009);
  assert.equal(await connect.waitForEnd(), 1);
});

test("pings are answered, unless --no-pong is set", async () => {
  const server = await startWsServer();
  const answering = new LiveCommand(["connect", server.url]);
  const there = await server.next();
  there.socket.ping("a");
  assert.equal(await there.pong(), "a");
  const silent = new LiveCommand(["connect", server.url, "--no-pong"]);
  const unanswered = await server.next();
  let pongs = 0;
  unanswered.socket.on("pong", () => pongs++);
  unanswered.socket.ping("a");
  await silent.waitForOutput(/ping/);
  for (const connect of [answering, silent]) connect.child.stdin.end();
  assert.equal((await unanswered.closed).code, 1000);
  assert.equal(pongs, 0);
  assert.equal(await answering.waitForEnd(), 0);
  assert.equal(await silent.waitForEnd(), 0);
});

test("an unreachable server exits with code 2", async () => {
  const target = await startTcpServer();
  target.close();
  const connect = new LiveCommand(["connect", `ws://127.0.0.1:${target.port}`]);
  assert.equal(await connect.waitForEnd(), 2);
  assert.match(
    connect.stderr,
    /^wsframe: cannot connect to ws:\/\/127\.0\.0\.1:\d+: connection refused; is the server running\?\n$/,
  );
  assert.equal(connect.stdout, "");
});

test("a line over the limit gives a note and ends reading; shorter lines are sent as messages", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url, "--to", "summary"]);
  const there = await server.next();
  const { stdin } = connect.child;
  stdin.on("error", () => {});
  const long = "a".repeat(2 ** 20);
  stdin.write(`${long}\n`);
  assert.equal(await there.next(), long);
  for (let i = 0; i <= 64; i++) stdin.write(long);
  assert.equal((await there.closed).code, 1000);
  assert.equal(await connect.waitForEnd(), 2);
  assert.equal(connect.stderr, "wsframe: a line of standard input is longer than 64 MiB; the rest is ignored\n");
});

test("an output error is reported once, and ends the connection", async () => {
  const server = await startWsServer();
  const connect = startProcess("sh", ["-c", `"$0" bin/wsframe.js connect ${server.url} > /dev/full`, process.execPath]);
  let said = "";
  connect.stderr.on("data", (text) => {
    said += text;
  });
  await (await server.next()).closed;
  assert.equal(await new Promise((done) => connect.once("close", done)), 2);
  assert.equal(said, "wsframe: cannot write the output: ENOSPC: no space left on device, write\n");
});

test("Ctrl-C sends Close 1001, and exits with code 130", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url]);
  const there = await server.next();
  await connect.waitForOutput(/101 Switching/);
  assert.equal(await connect.interrupt(), 130);
  assert.equal((await there.closed).code, 1001);
  assert.match(connect.stdout, /the client closed the connection with 1001 Going Away/);
});

test("Ctrl-C before the server answers also exits with code 130", async () => {
  const target = await startTcpServer();
  const connect = new LiveCommand(["connect", `ws://127.0.0.1:${target.port}`]);
  const server = await target.next();
  await server.waitForBytes((bytes) => bytes.includes("\r\n\r\n"));
  assert.equal(await connect.interrupt(), 130);
});

test("the session ends without an error when the reader of the output disconnects", async () => {
  const server = await startWsServer();
  const connect = new LiveCommand(["connect", server.url]);
  const there = await server.next();
  await connect.waitForOutput(/101 Switching/);
  connect.child.stdout.destroy();
  there.socket.send("hello");
  assert.equal(await connect.waitForEnd(), 0);
  assert.equal((await there.closed).code, 1001);
});

test("many lines that arrive faster than the server reads are all sent, in order", async () => {
  const server = await startWsServer();
  const count = 20_000;
  const connect = connecting(
    server.url,
    Array.from({ length: count }, (_, i) => `line ${i}`),
    "--to",
    "summary",
  );
  const there = await server.next();
  const heard = await Promise.all(Array.from({ length: count }, () => there.next()));
  assert.deepEqual(
    heard,
    Array.from({ length: count }, (_, i) => `line ${i}`),
  );
  assert.equal(await connect.waitForEnd(), 0);
});

test("a view that nobody reads slows down sending, in bounded memory and without warnings from Node", async () => {
  const { url } = await startWsEcho();
  const connect = new LiveCommand(["connect", url, "--to", "ndjson"]);
  await connect.waitForOutput(/handshake/);
  connect.child.stdout.pause();
  const { stdin } = connect.child;
  const lines = "hello hello hello\n".repeat(4000);
  // Lines are written until the command stops reading; 64 MB would be far more than it may buffer.
  for (let i = 0; i < 1000; i++) {
    if (stdin.write(lines)) continue;
    const drained = await Promise.race([
      once(stdin, "drain").then(() => true),
      new Promise((resolve) => setTimeout(() => resolve(false), 500)),
    ]);
    if (drained === false) break;
  }
  assert.ok(stdin.writableLength > 0);
  const peak = await readPeakMemory(connect.child);
  assert.ok(peak < 250 * 1024, `${peak} KiB of memory`);
  connect.child.stdout.resume();
  stdin.end();
  await connect.waitForEnd();
  assert.equal(connect.stderr, "");
});

test("a server may send many interim responses before its final one", async () => {
  const target = await startTcpServer();
  const connect = new LiveCommand(["connect", `ws://127.0.0.1:${target.port}`, "--once", "--to", "summary"]);
  const server = await target.next();
  const request = String(await server.waitForBytes((bytes) => bytes.includes("\r\n\r\n")));
  const key = /Sec-WebSocket-Key: (\S+)/.exec(request)?.[1] ?? "";
  const interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(2000);
  server.socket.write(
    `${interim}HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${computeAccept(key)}\r\n\r\n`,
  );
  server.socket.write(encodeFrame({ opcode: 1, payload: Buffer.from("hello") }));
  server.socket.write(encodeFrame({ opcode: 8, payload: Uint8Array.of(3, 232) }));
  server.socket.end();
  assert.equal(await connect.waitForEnd(), 0);
  assert.equal(connect.stderr, "");
});
