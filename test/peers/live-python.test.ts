/** The live commands with clients and servers of python3-websockets. */
import assert from "node:assert/strict";
import { LiveCommand, startLive } from "../support/live.js";
import { PYTHON_WEBSOCKETS, testWithPeer } from "../support/peers.js";
import { type PythonPeer, startPythonPeer } from "../support/python-peer.js";

const client = ({ on }: { readonly on: number }, options: object = {}): PythonPeer =>
  startPythonPeer("client", { url: `ws://127.0.0.1:${on}/chat`, ...options });

async function server(options: object = {}): Promise<PythonPeer & { readonly url: string }> {
  const peer = startPythonPeer("server", options);
  const { port } = await peer.next();
  return { ...peer, url: `ws://127.0.0.1:${port}` };
}

testWithPeer(
  PYTHON_WEBSOCKETS,
  "listen echoes to a Python client, compressed and not, and speaks its subprotocol",
  async () => {
    for (const compression of ["deflate", null]) {
      const listen = await startLive("listen", "--subprotocol", "v1", "--to", "ndjson");
      const python = client(listen, { compression, subprotocols: ["v2", "v1"] });
      assert.deepEqual(await python.next(), { open: "/chat", subprotocol: "v1", compressed: compression !== null });
      const long = "again and again ".repeat(5000);
      python.sendTasks(
        { send: "Größe 🙂" },
        { hex: "00ff" },
        { send: long },
        { fragments: ["in ", "three ", "parts"] },
      );
      assert.deepEqual(await python.next(), { message: "Größe 🙂" });
      assert.deepEqual(await python.next(), { hex: "00ff" });
      assert.deepEqual(await python.next(), { message: long });
      assert.deepEqual(await python.next(), { message: "in three parts" });
      python.sendTasks({ ping: "are you there" });
      assert.deepEqual(await python.next(), { pong: "are you there" });
      python.sendTasks({ close: [4000, "enough"] });
      assert.equal((await python.next()).closed, 4000);
      assert.equal(await listen.interrupt(), 130);
      const faults = listen.records.flatMap(({ findings }) => findings);
      assert.deepEqual(
        faults.filter(({ severity }) => severity === "error"),
        [],
      );
    }
  },
);

testWithPeer(PYTHON_WEBSOCKETS, "broadcast brings together Python clients", async () => {
  const listen = await startLive("listen", "--reply", "broadcast");
  const pythons = [client(listen), client(listen)];
  for (const python of pythons) assert.ok("open" in (await python.next()));
  pythons[0]!.sendTasks({ send: "to the other" });
  assert.deepEqual(await pythons[1]!.next(), { message: "to the other" });
  assert.equal(await listen.interrupt(), 130);
  for (const python of pythons) assert.equal((await python.next()).closed, 1001);
});

/** What listen does wrong, and what a Python client makes of it after it sent a message. */
const WRONG: readonly (readonly [options: readonly string[], seen: object])[] = [
  // It sends 1002, and has got no code itself.
  [["--mask"], { closed: 1006 }],
  [["--drop-after", "1"], { closed: 1006 }],
  [["--max-payload", "3"], { closed: 1009 }],
  [["--fragment", "2"], { message: "hello" }],
  [["--delay", "50"], { message: "hello" }],
];

for (const [options, seen] of WRONG) {
  testWithPeer(PYTHON_WEBSOCKETS, `a Python client takes listen ${options.join(" ")} as one does`, async () => {
    const listen = await startLive("listen", ...options);
    const python = client(listen);
    await python.next();
    python.sendTasks({ send: "hello" });
    const { reason: _, ...event } = await python.next();
    assert.deepEqual(event, seen);
  });
}

testWithPeer(PYTHON_WEBSOCKETS, "a Python client refuses a wrong Sec-WebSocket-Accept", async () => {
  const listen = await startLive("listen", "--accept", "wrong");
  assert.match((await client(listen).next()).refused, /InvalidHeaderValue: invalid Sec-WebSocket-Accept/);
});

testWithPeer(PYTHON_WEBSOCKETS, "connect talks to a Python server, compressed and not", async () => {
  for (const compression of ["deflate", null]) {
    const python = await server({ compression, ping: "are you there", subprotocols: ["v1"] });
    const asked = ["--deflate", "--subprotocol", "v2", "--subprotocol", "v1", "-H", "Cookie: a=b"];
    const connect = new LiveCommand(["connect", `${python.url}/chat?a=b`, ...asked, "--to", "ndjson", "--wait", "0"]);
    assert.deepEqual(await python.next(), { open: "/chat?a=b", subprotocol: "v1", compressed: compression !== null });
    assert.equal((await python.next()).headers.cookie, "a=b");
    assert.deepEqual(await python.next(), { pong: "are you there" });
    connect.typeLines("Größe 🙂", "/binary 00ff", "/fragment 3 in parts");
    assert.deepEqual(await python.next(), { message: "Größe 🙂" });
    assert.deepEqual(await python.next(), { hex: "00ff" });
    assert.deepEqual(await python.next(), { message: "in parts" });
    await connect.waitForOutput(/"sender":"server"[^\n]*"payload":"in parts"/);
    connect.child.stdin.end();
    assert.equal((await python.next()).closed, 1000);
    assert.equal(await connect.waitForEnd(), 0);
    const faults = connect.records.flatMap(({ findings }) => findings);
    assert.deepEqual(
      faults.filter(({ severity }) => severity === "error"),
      [],
    );
  }
});

testWithPeer(
  PYTHON_WEBSOCKETS,
  "connect gives a Python server its name and password, and is refused without",
  async () => {
    const python = await server({ credentials: ["jo", "secret"] });
    const known = new LiveCommand(["connect", python.url.replace("ws://", "ws://jo:secret@"), "--once"]);
    known.typeLines("hello");
    assert.equal(await known.waitForEnd(), 0);
    const unknown = new LiveCommand(["connect", python.url]);
    assert.equal(await unknown.waitForEnd(), 1);
    assert.match(unknown.stdout, /401 Unauthorized/);
  },
);

testWithPeer(PYTHON_WEBSOCKETS, "a Python server fails what connect sends wrongly", async () => {
  for (const [line, code] of [
    ["/invalid --rsv3 hello", 1002],
    ["/invalid --no-mask hello", 1002],
    ["/raw 81 81 00 00 00 00 ff", 1007],
  ] as const) {
    const python = await server();
    const connect = new LiveCommand(["connect", python.url]);
    connect.typeLines(line);
    assert.equal(await connect.waitForEnd(), 1, line);
    assert.match(connect.stdout, new RegExp(`close .*${code}`), line);
  }
});

testWithPeer(PYTHON_WEBSOCKETS, "a Python client and a Python server talk through the proxy", async () => {
  const python = await server({ compression: "deflate" });
  const proxy = await startLive("proxy", python.url, "--to", "ndjson");
  const other = client(proxy, { compression: "deflate" });
  assert.equal((await other.next()).compressed, true);
  other.sendTasks({ send: "hello ".repeat(100) }, { fragments: ["a", "b"] });
  assert.deepEqual(await other.next(), { message: "hello ".repeat(100) });
  assert.deepEqual(await other.next(), { message: "ab" });
  other.sendTasks({ close: [1000, "bye"] });
  assert.deepEqual(await other.next(), { closed: 1000, reason: "bye" });
  assert.equal(await proxy.interrupt(), 130);
  const texts = proxy.records
    .filter(({ type }) => type === "message")
    .map(({ sender, payload }) => `${sender} ${payload}`);
  assert.deepEqual(texts.toSorted(), [
    "client ab",
    `client ${"hello ".repeat(100)}`,
    "server ab",
    `server ${"hello ".repeat(100)}`,
  ]);
});
