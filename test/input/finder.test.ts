/** Which connections of a capture are WebSocket, how that is told, and from which byte on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCount } from "../../src/bytes/size.js";
import { WebSocketFinder } from "../../src/input/capture/find/websocket-finder.js";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import { MAX_HEAD_BYTES } from "../../src/protocol/handshake/http-syntax.js";
import { findWholeFrames } from "../../src/protocol/resync/frame-shape.js";
import type { ConnectionStart, Side } from "../../src/protocol/traffic.js";
import { splitBytes } from "../support/bytes.js";

/** What a side sent: bytes, or how many of its bytes are missing. */
type Sent = readonly [side: Side, what: string | Uint8Array | number];

interface Found {
  /** How the connection was told, `null` when it is another. */
  readonly told: string | null;
  readonly skipped: readonly number[];
  /** What came of each side, as latin1, with `…` and a number for what is missing. */
  readonly shown: readonly [string, string];
  readonly said: string[];
}

const ENDPOINTS = ["10.0.0.1:40000", "10.0.0.2:8080"] as const;

function find(sent: readonly Sent[], start: Partial<ConnectionStart> = {}, port: number | null = null): Found {
  let told: string | null = null;
  let skipped: readonly number[] = [];
  let ended = 0;
  const shown: [string, string] = ["", ""];
  const said: string[] = [];
  const finder = new WebSocketFinder(
    {
      addFoundConnection(connection) {
        assert.equal(told, null, "found twice");
        told = `${connection.evidence} ${connection.client}${connection.mayStartMidFrame ? " in the middle" : ""}`;
        skipped = [...connection.skippedBytes];
        return {
          data(side, bytes) {
            shown[side] += Buffer.from(bytes).toString("latin1");
          },
          gap(side, length) {
            shown[side] += `…${length}`;
          },
          message() {},
          end: () => void ended++,
        };
      },
      reportOthers: (connections, bytes) =>
        said.push(`${formatCount(connections, "other connection")} (${formatCount(bytes, "byte")})`),
      note: (line) => said.push(line),
    },
    { port, recognizer: { findWholeFrames } },
  );
  const tap = finder.connection({ endpoints: ENDPOINTS, isOpenerKnown: true, ...start });
  const at = { time: null, digits: 0, packet: null };
  for (const [side, what] of sent) {
    if (typeof what === "number") tap.gap(side, what, at);
    else {
      // Bytes are the tap's during the call alone.
      const own = Uint8Array.from(Buffer.from(what as string, "latin1"));
      tap.data(side, own, at);
      own.fill(0xd7);
    }
  }
  tap.end();
  finder.end();
  assert.equal(ended, told === null ? 0 : 1);
  return { told, skipped, shown, said };
}

const MIDDLE = { isOpenerKnown: false };
const HOST = "Host: a\r\n";
const ASK = `GET /chat HTTP/1.1\r\n${HOST}Upgrade: websocket\r\n\r\n`;
const AGREE = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
const frame = (payload: string, maskingKey: number | null = null): string =>
  Buffer.from(encodeFrame({ opcode: 1, payload: Buffer.from(payload), maskingKey })).toString("latin1");
const HELLO = frame("hello");
const MASKED = frame("hello", 0x01020304);
const one = (side: Side, text: string): Sent[] => [...text].map((byte): Sent => [side, byte]);

/** How many bytes each side sent. */
function lengthsOf(all: readonly Sent[]): number[] {
  const length = (what: Sent[1]): number => (typeof what === "number" ? what : what.length);
  return [0, 1].map((wanted) => all.reduce((sum, [side, what]) => sum + (side === wanted ? length(what) : 0), 0));
}

/** Asserts that the handshake is found behind what came before, and nothing is lost of it. */
function assertUpgrade(before: readonly Sent[], message?: string): void {
  const found = find([...before, [0, ASK], [1, AGREE], [1, HELLO], [0, MASKED]]);
  assert.deepEqual(found.told, "handshake 0", message);
  assert.deepEqual(found.skipped, lengthsOf(before), message);
  assert.deepEqual(found.shown, [ASK + MASKED, AGREE + HELLO], message);
  assert.deepEqual(found.said, []);
}

const get = (path: string, method = "GET"): Sent => [0, `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`];
const answer = (head: string, body = ""): Sent => [1, `HTTP/1.1 ${head}\r\n\r\n${body}`];

test("an upgrade is found after other requests, whatever their responses look like", () => {
  assertUpgrade([]);
  for (const [what, ...before] of [
    ["a body", get("/a"), answer("200 OK\r\nContent-Length: 9", "HTTP/1.1 ")],
    ["no body to HEAD", get("/a", "HEAD"), answer("200 OK\r\nContent-Length: 5000")],
    ["no body with 204", get("/a"), answer("204 No Content\r\nContent-Length: 5000")],
    ["no body with 304", get("/a"), answer("304 Not Modified\r\nContent-Length: 5000")],
    ["answers before the answer", get("/a"), answer("100 Continue"), answer("103 Early Hints"), answer("200 OK")],
    ["lines that end in LF alone", [0, "GET /a HTTP/1.1\nHost: a\n\n"], [1, "HTTP/1.1 200 OK\nContent-Length: 1\n\nx"]],
    [
      "chunks",
      get("/a"),
      answer(
        "200 OK\r\nTransfer-Encoding: chunked",
        `1A;x=y\r\n${"\r\n9999\r\n".padEnd(26, "G")}\r\n1\r\nx\r\n0\r\n\r\n`,
      ),
    ],
    [
      "chunks, trailers",
      get("/a"),
      answer("200 OK\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n"),
      get("/b"),
      answer("200 OK"),
    ],
    [
      "trailers",
      get("/a"),
      answer("200 OK\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\nETag: a\r\nServer-Timing: b\r\n\r\n"),
    ],
    [
      "trailers of the first of two answers",
      get("/a"),
      get("/b"),
      answer("200 OK\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\nETag: a\r\n\r\n"),
      answer("200 OK\r\nContent-Length: 1", "x"),
    ],
    [
      "a body in chunks of the request",
      [0, `POST /a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\nGE\n0\nA: b\n\n`],
      answer("200 OK"),
    ],
    ["a body of the request", [0, `POST /a HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nGET /`], answer("200 OK")],
    [
      "a long body",
      get("/a"),
      answer("200 OK\r\nContent-Length: 200000"),
      ...Array.from({ length: 200 }, (): Sent => [1, "x".repeat(1000)]),
    ],
    [
      "a proxy's tunnel that was refused",
      [0, `CONNECT b:80 HTTP/1.1\r\n${HOST}\r\n`],
      answer("407 Who are you?\r\nContent-Length: 2", "no"),
    ],
  ] as const)
    for (const behind of [[], [get("/y"), answer("200 OK\r\nContent-Length: 1", "y"), get("/z"), answer("200 OK")]])
      assertUpgrade([...(before as readonly Sent[]), ...behind], what as string);
});

test("an upgrade is found after missing bytes of a body, which are counted", () => {
  const body = (length: number): Sent[] => [get("/a"), answer(`200 OK\r\nContent-Length: ${length}`)];
  const post: Sent = [0, `POST /a HTTP/1.1\r\n${HOST}Content-Length: 50\r\n\r\n`];
  for (const before of [
    [...body(90), [1, "x".repeat(40)], [1, 30], [1, "x".repeat(20)]],
    [...body(30), [1, 30]],
    [post, [0, 20], [0, "y".repeat(30)], answer("200 OK")],
  ] as readonly (readonly Sent[])[]) {
    const { told, skipped, shown } = find([...before, [0, ASK], [1, AGREE], [1, HELLO], [0, MASKED]]);
    assert.deepEqual([told, skipped], ["handshake 0", lengthsOf(before)]);
    assert.ok(shown[0].endsWith(ASK + MASKED) && shown[1].endsWith(AGREE + HELLO));
  }
});

test("pipelined requests are matched with their responses", () => {
  const other = answer("200 OK\r\nContent-Length: 2", "ok");
  const asked = [get("/a"), get("/b")];
  const { told, skipped, shown } = find([...asked, [0, ASK], other, other, [1, AGREE + HELLO]]);
  assert.deepEqual([told, shown], ["handshake 0", [ASK, AGREE + HELLO]]);
  assert.deepEqual(skipped, [asked.join("").length - 4, 2 * (other[1] as string).length]);
});

test("the trailers of a pipelined answer are no answer, in any pieces", () => {
  const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nETag: a\r\n\r\n`;
  const plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  const sent: Sent[] = [get("/a"), get("/b"), [0, ASK], ...one(1, chunked + plain + AGREE + HELLO)];
  const { told, skipped, shown } = find(sent);
  assert.deepEqual([told, shown], ["handshake 0", [ASK, AGREE + HELLO]]);
  assert.equal(skipped[1], chunked.length + plain.length);
});

/** A request that asks for WebSocket, of so many bytes. */
const askOf = (length: number): string =>
  ASK.replace("Host", `Cookie: ${"x".repeat(length - ASK.length - 10)}\r\nHost`);

test("a head may be as long in a capture as in a stream", () => {
  for (const length of [70_000, MAX_HEAD_BYTES]) {
    const ask = askOf(length);
    assert.equal(ask.length, length);
    for (const sent of [[[0, ask]], [...splitBytes(Buffer.from(ask), [1460])].map((piece): Sent => [0, piece])]) {
      const { told, shown, said } = find([...(sent as Sent[]), [1, AGREE + HELLO], [0, MASKED]]);
      assert.deepEqual([told, said], ["handshake 0", []]);
      assert.deepEqual(shown, [ask + MASKED, AGREE + HELLO]);
    }
  }
});

test("a head that is too long is reported, and its connection read where the beginning asks for WebSocket", () => {
  const filler = `X: ${"x".repeat(MAX_HEAD_BYTES)}\r\n\r\n`;
  const early: Sent[] = [
    [0, ASK.slice(0, -2) + filler],
    [1, AGREE + HELLO],
  ];
  assert.deepEqual(find(early).told, "handshake 0");
  const late: Sent[] = [
    [0, askOf(MAX_HEAD_BYTES + 100)],
    [1, AGREE + HELLO],
  ];
  const { told, said } = find(late);
  assert.equal(told, null);
  assert.equal(said[0], "10.0.0.1:40000 → 10.0.0.2:8080 is skipped: an HTTP head is longer than 256 KiB");
  const forced = find(late, {}, 8080);
  assert.deepEqual([forced.told, forced.said], ["forced 0", []]);
  assert.deepEqual(forced.shown, [late[0]?.[1], AGREE + HELLO]);
});

test("a request with only its first bytes in the capture does not hide its connection", () => {
  for (let length = 1; length <= ASK.length - 3; length++) {
    const start: Sent = [0, ASK.slice(0, length)];
    const gap: Sent = [0, ASK.length - length];
    for (const sent of [
      [start, gap, [1, AGREE], [1, HELLO], [0, MASKED]],
      [start, [1, AGREE], gap, [1, HELLO], [0, MASKED]],
      [start, [1, AGREE], [1, HELLO]],
    ] as const) {
      const { told, shown } = find(sent);
      assert.equal(told, "handshake 0", String(length));
      assert.equal(shown[1], AGREE + HELLO);
    }
    assert.equal(find([start, gap, [1, HELLO], [0, MASKED]]).told, "shape 0 in the middle", String(length));
  }
});

test("a handshake is found in any pieces and any case", () => {
  const { told, shown } = find([...one(0, ASK), ...one(1, AGREE), ...one(1, HELLO)]);
  assert.deepEqual([told, shown], ["handshake 0", [ASK, AGREE + HELLO]]);
  const shouted = ASK.replace("Upgrade: websocket", "UPGRADE: h2c, WebSocket");
  assert.equal(
    find([
      [0, shouted],
      [1, AGREE.replace("websocket", "WebSocket")],
    ]).told,
    "handshake 0",
  );
  assert.equal(find([[0, ASK.replace("websocket", "websockets")], answer("404 Not Found")]).told, null);
});

test("a response of 101 makes a handshake even if the request is incomplete", () => {
  const request = get("/chat");
  const { told, shown, skipped } = find([get("/a"), answer("200 OK"), request, [1, AGREE], [1, HELLO]]);
  assert.deepEqual([told, shown], ["handshake 0", [request[1], AGREE + HELLO]]);
  assert.deepEqual(skipped, [(get("/a")[1] as string).length, (answer("200 OK")[1] as string).length]);
});

test("the content of a tunnel is examined separately, and counted from its first byte", () => {
  const opened: Sent[] = [[0, `CONNECT b:80 HTTP/1.1\r\n${HOST}\r\n`], answer("200 Connection established")];
  assertUpgrade(opened);
  assertUpgrade([...opened, get("/a"), answer("200 OK\r\nContent-Length: 1", "x")]);
  const shaped = find([...opened, [0, MASKED], [1, HELLO]]);
  assert.deepEqual([shaped.told, shaped.shown], ["shape 0 in the middle", [MASKED, HELLO]]);
});

test("a response without its request is a handshake, however short it is", () => {
  assert.equal(find([[1, AGREE]], MIDDLE).told, "handshake 0");
  assert.equal(find([[0, AGREE]], MIDDLE).told, "handshake 1");
  assert.deepEqual(find([[1, "HTTP/1.1"]], MIDDLE).shown, ["", "HTTP/1.1"]);
});

test("bytes that are not HTTP, and a head without an end, are another connection", () => {
  const line = "1 other connection";
  for (const sent of [
    [[0, `GET a b c\r\n${"x".repeat(300_000)}`]],
    [
      [0, "SSH-2.0-OpenSSH_9.7\r\n"],
      [1, "SSH-2.0-x\r\n"],
    ],
  ] as const) {
    const { told, said } = find(sent);
    assert.equal(told, null);
    assert.match(said.join(), new RegExp(`^${line} \\([\\d,]+ bytes\\)`));
  }
});

test("frames without a handshake are recognised by their shape: masked ones are from the client", () => {
  for (const [sent, told] of [
    [[[0, MASKED]], "shape 0 in the middle"],
    [[[1, MASKED]], "shape 1 in the middle"],
    [[[0, HELLO]], "shape 1 in the middle"],
  ] as const)
    assert.equal(find(sent, MIDDLE).told, told);
  // Who opened the connection is the client.
  assert.equal(
    find([
      [1, MASKED],
      [0, HELLO],
    ]).told,
    null,
  );
  assert.equal(
    find([
      [1, HELLO],
      [0, MASKED],
    ]).told,
    "shape 0 in the middle",
  );
});

test("a connection whose start was captured is decided soon; one without its start may take longer", () => {
  const junk = (pieces: number): Sent[] => Array.from({ length: pieces }, (): Sent => [1, "\xff".repeat(1000)]);
  assert.equal(find([...junk(3), [1, HELLO]]).told, "shape 0 in the middle");
  assert.equal(find([...junk(5), [1, HELLO]]).told, null);
  for (const pieces of [5, 60, 200]) {
    const { told, skipped, shown } = find([...junk(pieces), [1, HELLO], [0, MASKED]], MIDDLE);
    assert.equal(told, "shape 0 in the middle", String(pieces));
    assert.equal((skipped[1] as number) + shown[1].length, pieces * 1000 + HELLO.length);
    assert.ok(shown[1].length < 66_000 && shown[1].endsWith(HELLO));
  }
  assert.equal(find([...junk(17_000), [1, HELLO]], MIDDLE).told, null);
});

test("frames after missing bytes of a head are recognised by their shape, from the right byte on", () => {
  const torn: Sent[] = [
    [0, ASK.slice(0, 30)],
    [0, 40],
  ];
  const { told, skipped, shown } = find([...torn, [0, MASKED], [1, HELLO]]);
  assert.deepEqual([told, skipped, shown], ["shape 0 in the middle", [30, 0], [`…40${MASKED}`, HELLO]]);
});

test("a named port is WebSocket, and its side is the server", () => {
  const odd: Sent[] = [[0, "\x81\x85odd"]];
  assert.equal(find(odd).told, null);
  assert.equal(find(odd, {}, 8080).told, "forced 0");
  assert.equal(find(odd, {}, 40000).told, "forced 1");
  assert.equal(find(odd, {}, 80).told, null, "the end of another port");
  assert.equal(find(odd, MIDDLE, 8080).told, "forced 0 in the middle");
  const same = { endpoints: ["10.0.0.1:8080", "10.0.0.2:8080"], isOpenerKnown: false } as const;
  assert.equal(find([[1, MASKED]], same, 8080).told, "forced 1 in the middle");
  assert.equal(find(odd, same, 8080).told, "forced 0 in the middle");
});

test("TLS is reported in any pieces, with the bytes of each side", () => {
  const hello = "\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03".padEnd(37, "\0");
  for (const sent of [[[0, hello]], one(0, hello)] as const) {
    assert.deepEqual(find([...sent, [1, "\x16\x03\x03"]]).said, [
      "10.0.0.1:40000 → 10.0.0.2:8080 is TLS (up to 1.2): 37 bytes and 3 bytes in the other direction; wsframe does not decrypt it (wsframe proxy wss://… shows decrypted traffic)",
    ]);
  }
});

/** Bytes without any order, the same each time. */
function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

test("packets of an encrypted connection that look like frames by chance are not evidence", () => {
  const packets = (seed: number): Sent[] =>
    Array.from({ length: 3000 }, (_, i): Sent => [(i & 1) as Side, noise(36, seed + i)]);
  const frames = packets(1);
  // One packet that is a whole frame of noise.
  for (const at of [0, 500, 2999]) {
    const one = [...frames];
    one[at] = [1, Buffer.concat([Uint8Array.of(0x82, 34), noise(34, 7)])];
    assert.equal(find(one, MIDDLE).told, null, String(at));
  }
  // Several of them, one behind the other, tell enough.
  const several: Sent[] = [...frames, [1, HELLO], [0, MASKED], [1, HELLO]];
  assert.equal(find(several, MIDDLE).told, "shape 0 in the middle");
});

test("the time to decide a connection is proportional to its bytes, however small the packets", () => {
  // It takes 100 ms; all looked at again with each packet, it took more than 100 s.
  const sent = Array.from({ length: 60_000 }, (_, i): Sent => [(i & 1) as Side, "="]);
  assert.equal(find(sent, MIDDLE).told, null);
  // A head whose end does not come took as long; one whose end comes late is one all the same.
  const filler = "x".repeat(60_000);
  assert.equal(find(one(0, `GET / HTTP/1.1\r\nA: ${filler}${filler}`)).told, null);
  assertUpgrade([...one(0, `GET / HTTP/1.1\r\nA: ${filler}\r\n${HOST}\r\n`), answer("204 No Content")]);
});

test("the header of a load balancer is skipped", () => {
  const version2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x01\x01\x01\x02\x02\x02\x02\0\x01\0\x02";
  for (const header of ["PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY UNKNOWN\r\n", version2]) {
    assertUpgrade([[0, header]], header);
    assertUpgrade(one(0, header), header);
    assertUpgrade([[0, header], get("/a"), answer("204 No Content")], header);
    const glued = find([
      [0, header + ASK],
      [1, AGREE + HELLO],
      [0, MASKED],
    ]);
    assert.deepEqual([glued.told, glued.shown], ["handshake 0", [ASK + MASKED, AGREE + HELLO]], header);
  }
  // What only begins like one, or has no end, tells nothing.
  for (const line of ["PROXY LIST HTTP", "PROXY TCP4 ", `PROXY TCP4 ${"1".repeat(200)}`, version2.slice(0, 20)])
    assert.equal(find([[0, line]]).told, null, line);
});

test("a capture that begins inside a request reads frames after the rest of it", () => {
  const ask = ASK.replace("\r\n\r\n", "\r\nCookie: a=AAA BBB; HTTP; b=2\r\n\r\n");
  for (let cut = 1; cut < ask.length; cut++)
    for (const pieces of [[ask.slice(cut)], [...ask.slice(cut)]]) {
      const rest = pieces.map((piece): Sent => [0, piece]);
      const { told, skipped, shown, said } = find([...rest, [1, AGREE], [0, MASKED], [1, HELLO]], MIDDLE);
      assert.deepEqual([told, shown], ["handshake 0", [MASKED, AGREE + HELLO]], `cut at ${cut}`);
      assert.deepEqual(skipped, [ask.length - cut, 0]);
      assert.equal(said.length, 1);
      assert.match(said[0] as string, /skipped .* of the client: the end of a request/);
    }
  const whole = find(
    [
      [0, ask],
      [1, AGREE],
      [0, MASKED],
    ],
    MIDDLE,
  );
  assert.deepEqual([whole.told, whole.shown], ["handshake 0", [ask + MASKED, AGREE]]);
  const frames = find(
    [
      [0, MASKED.slice(0, 9)],
      [1, AGREE],
      [0, MASKED.slice(9)],
    ],
    MIDDLE,
  );
  assert.deepEqual([frames.told, frames.shown, frames.said], ["handshake 0", [MASKED, AGREE], []]);
});

test("a response is a handshake, though frames of a client whose request is lost come first", () => {
  for (const lost of [
    [[0, 90]],
    [
      [0, ASK.slice(0, 30)],
      [0, 60],
    ],
  ] as const) {
    const { told, shown } = find([...(lost as readonly Sent[]), [0, MASKED], [1, AGREE], [1, HELLO]]);
    assert.equal(told, "handshake 0");
    assert.equal(shown[1], AGREE + HELLO);
    assert.ok(shown[0].endsWith(MASKED));
  }
});
