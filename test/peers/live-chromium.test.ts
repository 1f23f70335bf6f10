/** A browser's pages, through the proxy and at the server of wsframe. */
import assert from "node:assert/strict";
import type WebSocket from "ws";
import { openPage, serveSite } from "../support/chromium.js";
import { startLive } from "../support/live.js";
import { CHROMIUM, testWithPeer } from "../support/peers.js";

/**
 * The first page opens the others. Each sends one message when all are connected, and reports what it received in the end.
 * Chromium sometimes fails the first WebSocket of a new window without any connection to the server: the page then tries again.
 */
const CHAT = `
const name = location.pathname.slice(1);
if (name === "ada") for (const other of ["bob", "cyd"]) open("/" + other);
const got = [];
function connect() {
  const socket = new WebSocket("ws://" + location.host + "/chat");
  let isOpen = false;
  socket.onopen = () => { isOpen = true; };
  socket.onmessage = ({ data }) => {
    if (data === "all are here") socket.send("I am " + name + " 🙂");
    else got.push(data);
    if (got.length === 2) socket.close(1000, "heard all");
  };
  socket.onclose = ({ code, wasClean }) => {
    if (isOpen) report({ name, got, code, wasClean });
    else setTimeout(connect, 100);
  };
}
connect();
`;

testWithPeer(CHROMIUM, "three pages of a browser chat through the proxy, and what they say is shown", async () => {
  const { port, nextReport, sockets } = await serveSite(CHAT);
  sockets.on("connection", (socket) => {
    socket.on("message", (bytes) => {
      for (const other of sockets.clients) if (other !== socket) other.send(String(bytes));
    });
    if (sockets.clients.size === 3) for (const one of sockets.clients) one.send("all are here");
  });
  const proxy = await startLive("proxy", `http://127.0.0.1:${port}`, "--to", "ndjson");
  const names = ["ada", "bob", "cyd"];
  openPage(`http://127.0.0.1:${proxy.on}/${names[0]}`);
  const reports = (await Promise.all(names.map(nextReport))) as { name: string; got: string[] }[];
  const said = (name: string): string => `I am ${name} 🙂`;
  for (const { name, got, ...end } of reports) {
    assert.deepEqual(got.toSorted(), names.filter((other) => other !== name).map(said));
    assert.deepEqual(end, { code: 1000, wasClean: true });
  }
  assert.deepEqual(reports.map(({ name }) => name).toSorted(), names);
  assert.equal(await proxy.interrupt(), 130);
  const { records } = proxy;
  const handshakes = records.filter(({ type }) => type === "handshake");
  assert.equal(handshakes.length, 3);
  assert.ok(handshakes.every(({ request, response }) => request.target === "/chat" && response.status === 101));
  const texts = (sender: string): string[] =>
    records.filter((record) => record.type === "message" && record.sender === sender).map(({ payload }) => payload);
  assert.deepEqual(texts("client").toSorted(), names.map(said));
  assert.deepEqual(
    texts("server").toSorted(),
    [...names, ...names].map(said).concat(Array(3).fill("all are here")).toSorted(),
  );
  const faults = records.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "error");
  assert.deepEqual(faults, []);
});

/** A page that asks a server for all kinds of messages to come back. */
const ECHO = `
const messages = ["Hello", "", "Größe 🙂", "x".repeat(70000), new Uint8Array([0, 255]).buffer];
const socket = new WebSocket("ws://" + location.search.slice(1) + "/echo", ["v2", "v1"]);
socket.binaryType = "arraybuffer";
const got = [];
socket.onopen = () => messages.forEach((message) => socket.send(message));
socket.onmessage = ({ data }) => {
  got.push(typeof data === "string" ? data.length + data.slice(0, 20) : [...new Uint8Array(data)]);
  if (got.length === messages.length) socket.close(4000, "enough");
};
socket.onclose = ({ code, wasClean }) =>
  report({ got, code, wasClean, protocol: socket.protocol, extensions: socket.extensions });
`;

testWithPeer(CHROMIUM, "a page of a browser talks to listen, compressed", async () => {
  const { port, nextReport } = await serveSite(ECHO);
  const listen = await startLive("listen", "--to", "ndjson");
  openPage(`http://127.0.0.1:${port}/?127.0.0.1:${listen.on}`);
  assert.deepEqual(await nextReport(), {
    got: ["5Hello", "0", "8Größe 🙂", `70000${"x".repeat(20)}`, [0, 255]],
    code: 4000,
    wasClean: true,
    protocol: "v2",
    extensions: "permessage-deflate; server_no_context_takeover",
  });
  assert.equal(await listen.interrupt(), 130);
  const messages = listen.records.filter(({ type }) => type === "message");
  assert.equal(messages.filter(({ sender }) => sender === "client").length, 5);
  assert.ok(
    listen.records.every(({ findings }) => findings.every((one: { severity: string }) => one.severity !== "error")),
  );
});

testWithPeer(CHROMIUM, "Ctrl-C at the proxy closes a page's connection with 1001", async () => {
  const { port, nextReport, sockets } = await serveSite(`
const socket = new WebSocket("ws://" + location.search.slice(1));
socket.onopen = () => socket.send("here");
socket.onclose = ({ code, wasClean }) => report({ code, wasClean });
`);
  const proxy = await startLive("proxy", `ws://127.0.0.1:${port}`);
  const there = new Promise<WebSocket>((resolve) => sockets.once("connection", resolve));
  openPage(`http://127.0.0.1:${port}/?127.0.0.1:${proxy.on}`);
  const socket = await there;
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await proxy.waitForOutput(/"here"/);
  assert.equal(await proxy.interrupt(), 130);
  assert.deepEqual(await nextReport(), { code: 1001, wasClean: true });
  assert.equal(await closed, 1001);
});
