/** Inputs that are made to have what recordings seldom have: of every format of captures that is text, what it does with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CaptureFormat } from "../../src/input/capture/capture-format.js";
import { follow } from "../../src/input/capture/follow/follow.js";
import { har } from "../../src/input/capture/messages/har.js";
import { mitmproxy } from "../../src/input/capture/messages/mitmproxy.js";
import { parseTnet, TnetFault, type TnetValue } from "../../src/input/capture/messages/tnetstring.js";
import { parsePythonText } from "../../src/input/capture/trace/escaped-text.js";
import { trace } from "../../src/input/capture/trace/trace.js";
import { createSample } from "../../src/input/detect.js";
import { InputError } from "../../src/input/input-error.js";
import { readCapture, readPacketText } from "../support/read-capture.js";

const bytesOf = (input: string | Uint8Array): Uint8Array => Uint8Array.from(Buffer.from(input as string));

/** What the connections of an input sent. */
function sent(format: CaptureFormat, input: string | Uint8Array): string[][] {
  return readCapture(format, [bytesOf(input)]).connections.map((connection) => connection.sent);
}

/** The sentence and the place with which an input is refused. */
function refused(format: CaptureFormat, input: string | Uint8Array): string {
  try {
    readCapture(format, [bytesOf(input)]);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return `${error.place?.line ?? "-"}/${error.place?.offset ?? "-"}: ${error.message}`;
  }
  return "not refused";
}

const hex = (text: string): string => Buffer.from(text).toString("hex");
const HEADED = "Follow: tcp,hex\nFilter: x\n";

test("follow, hex: below a heading, an offset of zero continues the stream after 4 GiB and never starts another one", () => {
  assert.match(refused(follow, `${HEADED}00000000  81\n00000000  00\n`), /^4\/\d+: the offset goes back to 0/);
  assert.deepEqual(sent(follow, `${HEADED}00000000  81\nffffffff  82\n00000000  83\n`), [
    ["0 81", "0 gap 4294967294", "0 8283"],
  ]);
});

test("follow, hex: data that only starts like the marker for missing bytes stays in place", () => {
  const row = (text: string): string =>
    [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const start = "[159 bytes missi";
  const input = `${HEADED}00000000  ${row(start.slice(0, 8))}  ${row(start.slice(8))}\n\t00000000  81\n00000010  82\n`;
  assert.deepEqual(sent(follow, input), [[`0 ${hex(start)}`, "1 81", "0 82"]]);
});

test("follow: the longest marker for missing bytes, streams without TCP, arrays that restart or are truncated", () => {
  const raw = (text: string): string => `Follow: tcp,raw\nFilter: x\n${hex(text)}\n81\n`;
  assert.deepEqual(sent(follow, raw("[1234567890 bytes missing in capture file].")), [["0 gap 1234567890", "0 81"]]);
  for (const protocol of ["udp", "quic", "http2", "websocket"])
    assert.match(
      refused(follow, `Follow: ${protocol},raw\n`),
      new RegExp(`^1/8: a ${protocol} stream has no WebSocket frames`),
    );
  const array = (peer: number, index: number, byte: string): string => `char peer${peer}_${index}[] = {\n${byte} };\n`;
  const two = array(0, 0, "0x81") + array(1, 0, "0x82") + array(1, 1, "0x83") + array(1, 0, "0x84");
  assert.deepEqual(sent(follow, two), [["0 81", "1 8283"], ["1 84"]]);
  assert.deepEqual(sent(follow, "char peer0_0[] = {\n0x81, 0x82"), [["0 8182"]]);
});

test("follow, YAML: data on the same line, on several lines and of IPv6; nothing after the padding", () => {
  const yaml = (data: string): string =>
    `peers:\n  - peer: 0\n    host: ::1\n    port: 5\n  - peer: 1\n    host: 10.0.0.2\n    port: 80\npackets:\n  - packet: 3\n    peer: 1\n    data: ${data}`;
  for (const data of ["!!binary |\n      gQVI\n      ZWxsbw==\n", "!!binary gQVIZWxsbw==\n", '"gQVIZWxsbw=="\n']) {
    const { connections } = readCapture(follow, [bytesOf(yaml(data))]);
    assert.deepEqual(
      connections.map(({ start, sent: what, timestamps }) => [start.endpoints, what, timestamps]),
      [[["[::1]:5", "10.0.0.2:80"], ["1 810548656c6c6f"], ["- 3"]]],
    );
  }
  assert.match(
    refused(follow, yaml("!!binary |\n      gQ==\n      gQ==\n")),
    /^13\/\d+: base64 continues after its padding/,
  );
});

function harOf(entry: object): string {
  return JSON.stringify({ log: { version: "1.2", entries: [entry] } });
}

test("HAR: invalid and missing opcodes, an entry without messages, a URL without a path", () => {
  const messages = [-1, 16, 1.5, "1"].map((opcode) => ({ type: "send", opcode, data: "aGk=" }));
  const { connections, notes } = readCapture(har, [
    bytesOf(
      harOf({
        _webSocketMessages: [...messages, { type: "send", data: "hi" }, { type: "send", opcode: 15, data: "" }],
      }),
    ),
  ]);
  assert.deepEqual(
    connections.map((connection) => connection.sent),
    [["0 message 1 6869", "0 message 15 "]],
  );
  assert.deepEqual(notes.slice(1), ["entry 1: skipped 4 items that are not messages"]);
  for (const [url, target] of [
    ["wss://h", "/"],
    ["wss://h?q", "/?q"],
    ["wss://h/#x", "/"],
  ]) {
    const head = sent(har, harOf({ _resourceType: "websocket", request: { method: "GET", url } }));
    assert.deepEqual(head, [[`0 ${hex(`GET ${target} HTTP/1.1\r\n\r\n`)}`]]);
  }
});

/** A tnetstring; numbers and `null` as themselves. */
function tnet(value: unknown): Buffer {
  const typed = (type: string, payload: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${payload.length}:`), payload, Buffer.from(type)]);
  if (value === null) return typed("~", Buffer.alloc(0));
  if (typeof value === "string") return typed(";", Buffer.from(value));
  if (typeof value === "boolean") return typed("!", Buffer.from(String(value)));
  if (typeof value === "number") return typed(Number.isInteger(value) ? "#" : "^", Buffer.from(String(value)));
  if (Array.isArray(value)) return typed("]", Buffer.concat(value.map(tnet)));
  return typed(
    "}",
    Buffer.concat(
      Object.entries(value as object)
        .flat()
        .map(tnet),
    ),
  );
}

const FLOW = {
  request: { method: "GET", path: "/", http_version: "HTTP/1.1", headers: [], timestamp_start: 1 },
  response: { http_version: "HTTP/1.1", status_code: 101, reason: "", headers: [], timestamp_start: 2 },
};
const HEADS = [`0 ${hex("GET / HTTP/1.1\r\n\r\n")}`, `1 ${hex("HTTP/1.1 101\r\n\r\n")}`];

test("mitmproxy: a close code becomes a Close frame with its reason, except codes that are never sent", () => {
  const closed = (websocket: object): string[] =>
    sent(mitmproxy, tnet({ ...FLOW, websocket: { messages: [], ...websocket } }))
      .flat()
      .slice(2);
  assert.deepEqual(closed({ closed_by_client: true, close_code: 1001, close_reason: "bye" }), [
    "0 message 8 03e9627965",
  ]);
  assert.deepEqual(closed({ close_sender: "server", close_code: 4999 }), ["1 message 8 1387"]);
  for (const close_code of [1006, 1015, -1, 65536, null])
    assert.deepEqual(closed({ closed_by_client: true, close_code }), []);
  assert.deepEqual(closed({ close_code: 1000 }), [], "by whom is not known");
});

test("mitmproxy: injected messages are reported, invalid opcodes are errors, and HTTP/2 heads are not shown", () => {
  const flow = (message: unknown, more = {}): Buffer => tnet({ ...FLOW, ...more, websocket: { messages: [message] } });
  const made = readCapture(mitmproxy, [flow([1, false, "hi", 3, false, true])]);
  assert.deepEqual(made.connections[0]?.sent, [...HEADS, "1 message 1 6869"]);
  assert.deepEqual(made.notes.slice(1), ["flow 1: mitmproxy injected 1 of its messages"]);
  for (const message of [[16, true, "hi", 3], [-1, true, "hi", 3], [1, 1, "hi", 3], [1, true, 5, 3], "hi"])
    assert.match(refused(mitmproxy, flow(message)), /flow 1: a message is not in mitmproxy's form/);
  const http2 = readCapture(mitmproxy, [
    flow([2, true, "hi", 3], { request: { ...FLOW.request, http_version: "HTTP/2.0" } }),
  ]);
  assert.deepEqual(http2.connections[0]?.sent, ["0 message 2 6869"]);
  assert.deepEqual(http2.notes.slice(1), ["flow 1: the handshake is not shown, because it did not use HTTP/1.1"]);
});

test("mitmproxy: the known ends of a connection", () => {
  const ends = (client_conn: object | null, server_conn: object | null): unknown =>
    readCapture(mitmproxy, [tnet({ ...FLOW, client_conn, server_conn, websocket: { messages: [] } })]).connections[0]
      ?.start.endpoints;
  assert.deepEqual(ends({ peername: ["::1", 5, 0, 0] }, { address: ["h", 80] }), ["[::1]:5", "h:80"]);
  assert.deepEqual(ends({ address: ["a", 5] }, { address: null, ip_address: ["1.2.3.4", 80] }), ["a:5", "1.2.3.4:80"]);
  assert.equal(ends({ peername: ["a", 5] }, null), null);
  assert.equal(ends({ peername: ["a", null] }, { address: ["h", 80] }), null);
});

test("mitmproxy: the place of a fault includes the flows before it, and a file is recognised by its first key", () => {
  const first = tnet({ ...FLOW, websocket: { messages: [] } });
  assert.match(
    refused(mitmproxy, Buffer.concat([first, Buffer.from("4:4:ab}")])),
    new RegExp(`^1/${first.length + 2}: `),
  );
  assert.match(
    refused(mitmproxy, Buffer.concat([first, first, Buffer.from("9:")])),
    new RegExp(`^1/${2 * first.length + 2}: the last`),
  );
  const probe = (text: string): string | undefined => mitmproxy.probe(createSample(Buffer.from(text)))?.fit;
  assert.deepEqual(["99:4:type;4:http;", "99:5:type;4:http;", "99:4:tape;", "09:4:type;"].map(probe), [
    "sure",
    undefined,
    undefined,
    undefined,
  ]);
});

test("tnetstrings: every kind of value, and invalid ones", () => {
  /** Reads what is in lists, too. */
  const whole = (value: TnetValue): TnetValue =>
    value.kind === "list" ? { kind: "list", items: Array.from(value.items, whole) } : value;
  const read = (text: string): TnetValue => whole(parseTnet(Buffer.from(text), 0, text.length)[0]);
  assert.deepEqual(read("2:-5#"), { kind: "number", number: -5 });
  assert.deepEqual(read("4:1.25^"), { kind: "number", number: 1.25 });
  assert.deepEqual(read("4:1e-3^"), { kind: "number", number: 0.001 });
  assert.deepEqual(read("5:false!"), { kind: "boolean", value: false });
  assert.deepEqual(read("0:~"), { kind: "null" });
  assert.deepEqual(read("0:]"), { kind: "list", items: [] });
  assert.equal(read("8:1:a,1:b,}").kind, "dict");
  const nested = (depth: number): string => {
    let text = "0:]";
    for (let level = 0; level < depth; level++) text = `${text.length}:${text}]`;
    return text;
  };
  assert.equal(read(nested(32)).kind, "list");
  for (const [text, message, offset] of [
    [nested(33), "values are nested more than 32 deep", 96],
    ["1:x~", 'this is not a value of type "~"', 2],
    ["4:1.25#", 'this is not a value of type "#"', 2],
    ["4:True!", 'this is not a value of type "!"', 2],
    ["1:x?", 'this is not a value of type "?"', 2],
    ["4:1:a,}", "a key has no value", 2],
    ["8:1:1#1:b,}", "a key is not a string", 2],
    ["1:a", "a length exceeds the value that contains it", 0],
    ["4:2:a,]", "a length exceeds the value that contains it", 2],
    ["1:5]", "a length is truncated", 3],
    [`${"1".repeat(13)}:`, "expected a length in decimal digits and a colon", 12],
    ["00:,", "a length starts with a zero", 0],
    [":,", "expected a length in decimal digits and a colon", 0],
  ] as const) {
    assert.throws(
      () => read(text),
      (error: unknown) => {
        assert.ok(error instanceof TnetFault, String(error));
        if (text === nested(33)) assert.equal(error.message, message);
        else assert.deepEqual([error.message, error.offset], [message, offset], text);
        return true;
      },
    );
  }
});

test("curl: a new connection is separate, and a trace must not have gaps", () => {
  const block = (hexes: string, arrow = "=> Send"): string =>
    `${arrow} data, ${hexes.split(" ").length} bytes (0x1)\n0000: ${hexes.padEnd(48)}.\n`;
  const row = "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f";
  for (const words of ["Connected to h (10.0.0.1) port 80", "  Established connection to h (10.0.0.1 port 80)"])
    assert.deepEqual(sent(trace, `${block("81")}== Info: ${words}\n${block("82")}`), [["0 81"], ["0 82"]], words);
  assert.deepEqual(sent(trace, `${block("81")}== Info: Left intact\n0000: nothing of curl's\n${block("82")}`), [
    ["0 8182"],
  ]);
  const long = `=> Send data, 32 bytes (0x20)\n0000: ${row} .\n`;
  assert.deepEqual(sent(trace, `${long}0010: ${row} .\n`), [[`0 ${row.replaceAll(" ", "").repeat(2)}`]]);
  assert.match(refused(trace, `${long}0020: ${row} .\n`), /^3\/\d+: this row should have 16 bytes from 0010 on/);
  assert.match(refused(trace, `${long}== Info: x\n`), /^3\/\d+: the previous block announced 32 bytes but has 16/);
  assert.match(refused(trace, `${long}${block("81")}`), /^3\/\d+: the previous block announced 32 bytes but has 16/);
  assert.deepEqual(readCapture(trace, [bytesOf(long)]).notes, [
    "the trace ends inside a block: 16 of its 32 bytes were read",
  ]);
});

test("socat: truncated blocks, wrong order, trailing text, consecutive connections, nanoseconds", () => {
  const block = (mark: string, from: number, rows = " 81 00\n", length = 2, fraction = "123456"): string =>
    `${mark} 2026/11/20 17:09:15.${fraction}  length=${length} from=${from} to=${from + length - 1}\n${rows}`;
  assert.deepEqual(sent(trace, block(">", 0) + block("<", 0) + block("<", 0) + block(">", 0) + block(">", 2)), [
    ["0 8100", "1 8100"],
    ["1 8100", "0 81008100"],
  ]);
  assert.match(
    refused(trace, block(">", 0) + block(">", 1)),
    /^3\/\d+: this block starts at 1, but its side has sent 2/,
  );
  assert.match(
    refused(trace, block(">", 0, " 81 00\n", 3) + block(">", 3)),
    /^3\/\d+: the previous block is missing 1 of its bytes/,
  );
  assert.match(refused(trace, block(">", 0, " 81 00 zz\n", 3)), /^2\/57: this is not a byte of the block/);
  assert.deepEqual(sent(trace, block(">", 0, " 81 00   ..\n")), [["0 8100"]]);
  assert.deepEqual(readCapture(trace, [bytesOf(block(">", 0, " 81\n", 5))]).notes.slice(1), [
    "the trace ends inside a block: 4 of its bytes are missing",
  ]);
  const [connection] = readCapture(trace, [
    bytesOf(
      ["000066425", "123456789", "000066425"].map((digits, i) => block(">", 2 * i, " 81 00\n", 2, digits)).join(""),
    ),
  ]).connections;
  assert.deepEqual(
    connection?.timestamps.map((moment) => moment.slice(10)),
    ["066425000/6 -", "123456789/9 -", "000066425/9 -"],
  );
});

test("websocat: a response alone identifies the client, and a second request starts a connection", () => {
  const answer = 'READ 12 "HTTP/1.1 101"\n';
  assert.deepEqual(sent(trace, `${answer}WRITE bufcap=65536 2 8900\n`), [[`1 ${hex("HTTP/1.1 101")}`, "0 8900"]]);
  assert.deepEqual(sent(trace, `${answer.replace("READ", "WRITE")}WRITE from_prefix 2 8900\n`), [
    [`1 ${hex("HTTP/1.1 101")}8900`],
  ]);
  const request = 'WRITE 5 "GET /"\n';
  assert.deepEqual(sent(trace, `${request}READ 2 8900\n${request}`), [
    [`0 ${hex("GET /")}`, "1 8900"],
    [`0 ${hex("GET /")}`],
  ]);
});

test("websocket-client: heads with a prefix or logged twice, and consecutive connections", () => {
  const head = (prefix = ""): string =>
    ["--- request header ---", "GET / HTTP/1.1", "Host: h", "", "-----------------------"]
      .map((line) => `${prefix}${line}\n`)
      .join("");
  const request = `0 ${hex("GET / HTTP/1.1\r\nHost: h\r\n\r\n")}`;
  const frame = "++Sent raw: b'\\x81\\x00'\n";
  assert.deepEqual(sent(trace, head() + frame), [[`${request}8100`]]);
  assert.deepEqual(sent(trace, head("2026 DEBUG ") + frame), [[`${request}8100`]]);
  assert.deepEqual(sent(trace, head() + head("2026 DEBUG ") + frame), [[`${request}8100`]]);
  assert.deepEqual(sent(trace, head() + frame + head() + frame), [[`${request}8100`], [`${request}8100`]]);
  const other = head().replace("GET /", "GET /b");
  assert.deepEqual(sent(trace, head() + other), [[request], [`0 ${hex("GET /b HTTP/1.1\r\nHost: h\r\n\r\n")}`]]);
  const alike = head().replace("Host: h\n", "Host: h\nX-Host: h\n");
  assert.deepEqual(sent(trace, alike), [[`0 ${hex("GET / HTTP/1.1\r\nHost: h\r\nX-Host: h\r\n\r\n")}`]]);
  const noise = head().replace("\n\n", "\n\nnoise\n");
  assert.deepEqual(sent(trace, noise + frame), [[`${request}8100`]]);
});

test("websockets: fragments, a payload with dots, Close frames without a code, lines of the other head", () => {
  const said = (lines: string, before = "= connection is OPEN\n"): string[][] => sent(trace, before + lines);
  assert.deepEqual(said("> TEXT 'abcde...zz' [10 bytes]\n"), [[`0 message 1 ${hex("abcde...zz")}`]]);
  assert.deepEqual(said("> CLOSE 03 [1 byte]\n"), [["0 message 8 03"]]);
  const begun = "> TEXT 'a' [1 byte, continued]\n";
  const next = "> CONT 'c' [text, 1 byte]\n";
  assert.deepEqual(said(begun + next + next), [["0 message 1 6163", "0 message 0 63"]]);
  assert.deepEqual(said(`${begun}> TEXT 'x' [1 byte]\n${next}`), [["0 message 1 78", "0 message 1 6163"]]);
  const again = `${begun}= connection is CLOSED\n= connection is CONNECTING\n${next}`;
  assert.deepEqual(said(`> PING '' [0 bytes]\n${again}`), [["0 message 9 "], ["0 message 0 63"]]);
  assert.deepEqual(said(begun + next.replace(">", "<") + next), [["1 message 0 63", "0 message 1 6163"]]);
  for (const line of ["> TEXT 'ab' [3 bytes]", "> BINARY 00 01 [3 bytes]", "> CLOSE 1000 (OK) bye [9 bytes]"])
    assert.match(refused(trace, `= connection is OPEN\n${line}\n`), /^2\/\d+: the log shortened this payload/, line);
  const heads = "> GET / HTTP/1.1\n< HTTP/1.1 101 X\n< A: b\n> Host: h\n";
  assert.deepEqual(said(heads, "= connection is CONNECTING\n"), [
    [`0 ${hex("GET / HTTP/1.1\r\n\r\n")}`, `1 ${hex("HTTP/1.1 101 X\r\nA: b\r\n\r\n")}`],
  ]);
});

test("Python text: quotes, escapes and truncated text", () => {
  for (const [source, text] of [
    [String.raw`'a\x41\u20ac\U0001f600\n\\\''`, "aA€😀\n\\'"],
    [`"it's"`, "it's"],
    ["''", ""],
  ] as const)
    assert.equal(Buffer.from(parsePythonText(source) ?? "none").toString(), text);
  for (const source of ["'", "'a", "'a\"", "'a'b'", "'\\'", "'\\x4'", "'\\q'", String.raw`'\U00110000'`, "b'a'", ""])
    assert.equal(parsePythonText(source), null, source);
});

test("packets: the lines above a packet apply only to that packet", () => {
  const rows = "0000  45 00 00 14 00 00 00 00 40 06 00 00 7f 00 00 01\n0010  7f 00 00 01\n";
  const frame = (number: number, length: number): string =>
    `Frame ${number}: ${length} bytes on wire (${8 * length} bits), 20 bytes captured\n    Epoch Time: 5.5 seconds\n\n`;
  const { packets } = readPacketText([
    bytesOf(
      `${frame(7, 1500)}${rows}\n${rows}\n${frame(9, 20)}Frame (20 bytes):\n\n${rows}\nReassembled TCP (20 bytes):\n\n${rows}`,
    ),
  ]);
  assert.deepEqual(
    packets.map(({ at, originalLength, bytes }) => [at.packet, at.time, originalLength, bytes.length]),
    [
      [7, 5_500_000_000n, 1500, 20],
      [2, null, 20, 20],
      [9, 5_500_000_000n, 20, 20],
    ],
  );
});
