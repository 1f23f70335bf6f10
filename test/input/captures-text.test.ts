import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { follow } from "../../src/input/capture/follow/follow.js";
import { har } from "../../src/input/capture/messages/har.js";
import { mitmproxy } from "../../src/input/capture/messages/mitmproxy.js";
import { trace } from "../../src/input/capture/trace/trace.js";
import { createSample } from "../../src/input/detect.js";
import { InputError } from "../../src/input/input-error.js";
import { splitBytes } from "../support/bytes.js";
import { type PcapPacket, readPcapPackets } from "../support/pcap-packets.js";
import { type CapturedConnection, readCapture, readPacketText, TEXT_FORMATS } from "../support/read-capture.js";
import { fuzzCount } from "../support/runs.js";

const SAMPLES = "fixtures/samples/cap";
const RECORDED = "fixtures/captures";
const sample = (name: string): Buffer => readFileSync(join(SAMPLES, name));
const recorded = (name: string): Buffer => readFileSync(join(RECORDED, name));

/** What the conversation of ws-lo.pcap is: its packets with data, Ethernet, IP and TCP taken off. */
const PACKETS = readPcapPackets(join(SAMPLES, "ws-lo.pcap"));
const DATA = PACKETS.map((packet, index) => ({ ...packet, data: packet.bytes.subarray(66), number: index + 1 })).filter(
  ({ number }) => [4, 6, 8, 9, 11, 12].includes(number),
);
const CONVERSATION = DATA.map(({ data }, index) => `${index % 2} ${data.toString("hex")}`);
const NODES = ["127.0.0.1:38648", "127.0.0.1:9001"];

function only<Item>(items: readonly Item[]): Item {
  assert.equal(items.length, 1);
  return items[0] as Item;
}

/** A connection's heads as text, and the rest as it is. */
function shown({ sent }: CapturedConnection): string[] {
  return sent.map((what) => {
    const [side, hex = ""] = what.split(" ");
    return /^(?:47455420|48545450)/.test(hex) ? `${side} ${Buffer.from(hex, "hex").toString()}` : what;
  });
}

test("the conversation has the expected content", () => {
  assert.match(DATA[0]?.data.toString() ?? "", /^GET \/chat HTTP\/1\.1\r\n[\s\S]*\r\n\r\n$/);
  assert.match(DATA[1]?.data.toString() ?? "", /^HTTP\/1\.1 101 [\s\S]*\r\n\r\n$/);
  assert.deepEqual(CONVERSATION.slice(2), [
    "0 818537fa213d7f9f4d5158",
    "1 810548656c6c6f",
    "0 888237fa213d3412",
    "1 880203e8",
  ]);
});

for (const [name, bytes] of [
  ["tshark-follow-tcp-raw.txt", sample("tshark-follow-tcp-raw.txt")],
  ["tshark-follow-tcp-hex.txt", sample("tshark-follow-tcp-hex.txt")],
  ["the same with other line ends", Buffer.from(sample("tshark-follow-tcp-hex.txt").toString().replace(/\n/g, "\r\n"))],
] as const) {
  test(`${name} is the conversation`, () => {
    const { connections, notes } = readCapture(follow, [bytes]);
    const { start, sent, timestamps, isEnded } = only(connections);
    assert.deepEqual(start, { endpoints: NODES, isOpenerKnown: false });
    assert.deepEqual(sent, CONVERSATION);
    assert.deepEqual(new Set(timestamps), new Set(["- -"]));
    assert.equal(isEnded, true);
    assert.deepEqual(notes, []);
  });
}

test("tshark-follow-tcp-yaml.txt has times and packets, without the noise of tshark's floating point", () => {
  const { start, sent, timestamps } = only(readCapture(follow, [sample("tshark-follow-tcp-yaml.txt")]).connections);
  assert.deepEqual(start.endpoints, NODES);
  assert.deepEqual(sent, CONVERSATION);
  assert.deepEqual(
    timestamps,
    DATA.map(({ time, number }) => `${time}/6 ${number}`),
  );
});

test("a stream that Wireshark saved as C arrays has packets", () => {
  const bytes = recorded("wireshark-c-arrays-HANDMADE.txt");
  const { start, sent, timestamps } = only(readCapture(follow, [bytes]).connections);
  assert.equal(start.endpoints, null);
  assert.deepEqual(sent, CONVERSATION);
  assert.deepEqual(
    timestamps,
    DATA.map(({ number }) => `- ${number}`),
  );
  const older = bytes.toString().replace(/ \/\* Packet \d+ \*\//g, "");
  assert.deepEqual(readCapture(follow, [Buffer.from(older)]).connections[0]?.sent, CONVERSATION);
});

test("a stream that Wireshark saved as a hex dump needs no heading", () => {
  const bytes = recorded("wireshark-hex-dump-HANDMADE.txt");
  assert.deepEqual(only(readCapture(follow, [bytes]).connections).sent, CONVERSATION);
});

test("several followed streams are several connections, whatever is between them", () => {
  const hex = sample("tshark-follow-tcp-hex.txt");
  const yaml = sample("tshark-follow-tcp-yaml.txt");
  const dump = recorded("wireshark-hex-dump-HANDMADE.txt");
  const arrays = recorded("wireshark-c-arrays-HANDMADE.txt");
  for (const [input, count] of [
    [recorded("tshark-follow-two.txt"), 2],
    [Buffer.concat([sample("tshark-follow-tcp-raw.txt"), hex, yaml, yaml]), 4],
    [Buffer.concat([dump, dump]), 2],
    [Buffer.concat([arrays, arrays]), 2],
  ] as const) {
    const { connections } = readCapture(follow, [input]);
    assert.equal(connections.length, count);
    for (const { sent, isEnded } of connections) assert.deepEqual([sent, isEnded], [CONVERSATION, true]);
  }
});

test("tshark's follow,http,raw has the heads", () => {
  assert.deepEqual(
    only(readCapture(follow, [sample("tshark-follow-http-raw.txt")]).connections).sent,
    CONVERSATION.slice(0, 2),
  );
});

test("the marker for missing bytes is a gap, and so are chunks that were not printed", () => {
  const lossy = [CONVERSATION[0], "1 gap 159", CONVERSATION[3], "0 gap 11", CONVERSATION[4], CONVERSATION[5]];
  assert.deepEqual(only(readCapture(follow, [recorded("tshark-follow-hex-gap.txt")]).connections).sent, lossy);
  const { sent, timestamps } = only(readCapture(follow, [recorded("tshark-follow-yaml-gap.txt")]).connections);
  assert.deepEqual(sent, lossy);
  assert.match(timestamps[3] ?? "", /^- /);
  assert.deepEqual(only(readCapture(follow, [recorded("tshark-follow-hex-range.txt")]).connections).sent, [
    "0 gap 226",
    CONVERSATION[2],
    "1 gap 159",
    CONVERSATION[3],
  ]);
});

/** What the samples of tcpdump and tshark print, by its pcap file: its packets, and which of them. */
const WITH_DATA = (packet: PcapPacket): boolean => DATA.some(({ time }) => time === packet.time);
const ALL = (): boolean => true;

for (const [path, pcap, linkType, skipped, which, timed] of [
  [join(SAMPLES, "tcpdump-x.txt"), "ws-lo", 101, 14, WITH_DATA, "none"],
  [join(SAMPLES, "tcpdump-X.txt"), "ws-lo", 101, 14, WITH_DATA, "none"],
  [join(SAMPLES, "tcpdump-v-X.txt"), "ws-lo", 101, 14, WITH_DATA, "date"],
  [join(SAMPLES, "tcpdump-xx.txt"), "ws-lo", 1, 0, WITH_DATA, "none"],
  [join(SAMPLES, "tcpdump-XX.txt"), "ws-lo", 1, 0, WITH_DATA, "none"],
  [join(SAMPLES, "tshark-x-all.txt"), "ws-lo", 1, 0, ALL, "none"],
  [join(RECORDED, "tshark-t-ud-P-x.txt"), "ws-lo", 1, 0, ALL, "date"],
  [join(RECORDED, "tcpdump-XX-cooked1.txt"), "ws-any-sll1", 113, 0, ALL, "date"],
  [join(RECORDED, "tcpdump-xx-cooked2.txt"), "ws-any-sll2", 276, 0, ALL, "date"],
  [join(RECORDED, "tcpdump-xx-loopback.txt"), "ws-null0", 0, 0, ALL, "clock"],
  [join(RECORDED, "tcpdump-xx-raw.txt"), "ws-raw-ip101", 101, 0, ALL, "none"],
  [join(RECORDED, "tcpdump-XX-vlan.txt"), "ws-vlan", 1, 0, ALL, "clock"],
  [join(RECORDED, "tcpdump-x-snap96.txt"), "ws-lo-snap96", 101, 14, ALL, "date"],
] as const) {
  test(`${path} has the packets of ${pcap}.pcap`, () => {
    const expected = readPcapPackets(join(SAMPLES, `${pcap}.pcap`)).filter(which);
    const { packets } = readPacketText([readFileSync(path)]);
    assert.equal(packets.length, expected.length);
    packets.forEach((packet, index) => {
      const { bytes, originalLength, time } = expected[index]!;
      assert.equal(Buffer.from(packet.bytes).toString("hex"), bytes.subarray(skipped).toString("hex"));
      assert.equal(packet.linkType, linkType);
      assert.equal(packet.originalLength, originalLength - skipped);
      const clock = timed === "clock" ? time % 86_400_000_000_000n : time;
      assert.deepEqual(packet.at, {
        time: timed === "none" ? null : clock,
        digits: timed === "none" ? 0 : 6,
        packet: index + 1,
      });
    });
  });
}

test("other views of tshark -x are not packets, and the lines above a packet give its number and time", () => {
  for (const [bytes, numbers, time] of [
    [sample("tshark-P-x-websocket.txt"), [8, 9, 11, 12], 64_823_000n],
    [recorded("tshark-V-x.txt"), [8, 9], 1_795_194_103_050_115_000n],
    [sample("tshark-x-frame8.txt"), [1], null],
  ] as const) {
    const { packets } = readPacketText([bytes]);
    assert.deepEqual(
      packets.map(({ at }) => at.packet),
      numbers,
    );
    assert.equal(packets[0]?.at.time, time);
    assert.equal(Buffer.from(packets[0]?.bytes ?? []).compare(PACKETS[7]!.bytes), 0);
  }
});

test("packets: incomplete times are reported once", () => {
  assert.deepEqual(readPacketText([sample("tcpdump-v-X.txt")]).said, [
    "the input's times have no time zone: UTC is assumed",
  ]);
  assert.match(only(readPacketText([recorded("tcpdump-xx-loopback.txt")]).said), /no date/);
  assert.deepEqual(readPacketText([recorded("tcpdump-XX-cooked1.txt")]).said, []);
});

test("packets: times of day continue past midnight, and a paste may start inside a packet", () => {
  const row = "\t0x0000:  4500 0014 0000 0000 4006 0000 7f00 0001\n\t0x0010:  7f00 0001\n";
  const text = `\t0x0010:  7f00 0001\n23:59:59.9 IP a\n${row}00:00:00.1 IP a\n${row}`;
  const { packets, said } = readPacketText([Buffer.from(text)]);
  assert.equal(packets[1]!.at.time! - packets[0]!.at.time!, 200_000_000n);
  assert.match(said[0] ?? "", /starts inside a packet/);
});

test("packets: IPv6, a truncated packet, and packets without IP", () => {
  const ip = [
    "60 00 00 00 00 28 06 40 00 00 00 00 00 00 00 00",
    "00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00",
    "00 00 00 00 00 00 00 01",
  ];
  const rows = ip.map((row, index) => `00${index}0  ${row.padEnd(47)}   .`).join("\n");
  const { packets } = readPacketText([Buffer.from(`${rows}\n\n0000  ff ff\n`)]);
  assert.deepEqual(
    packets.map(({ linkType, originalLength, bytes }) => [linkType, originalLength, bytes.length]),
    [
      [101, 80, 40],
      [101, 2, 2],
    ],
  );
});

test("the Playwright sample has messages in milliseconds, Chrome's in seconds", () => {
  const playwright = readCapture(har, [sample("playwright-1.65-chromium-156.har")]);
  const connection = only(playwright.connections);
  assert.deepEqual(connection.start, { endpoints: null, isOpenerKnown: true });
  assert.match(shown(connection)[0] ?? "", /^0 GET \/ws HTTP\/1\.1\r\nUpgrade: websocket\r\nOrigin: [\s\S]*\r\n\r\n$/);
  assert.match(shown(connection)[1] ?? "", /^1 HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: [\s\S]*\r\n\r\n$/);
  assert.deepEqual(connection.sent.slice(2), [
    "0 message 1 48656c6c6f",
    "0 message 2 0001ff",
    "1 message 1 48656c6c6f",
    "1 message 2 0001ff",
  ]);
  assert.deepEqual(connection.timestamps.slice(1, 4), [
    "1795194568085000000/3 2",
    "1795194568128732000/6 2",
    "1795194568128858000/6 2",
  ]);
  assert.deepEqual(playwright.notes, [
    "a HAR holds messages, not frames: their framing, masking and compression are unknown",
    "skipped 1 entry without a WebSocket",
  ]);
  const chrome = only(readCapture(har, [sample("chrome-devtools-websocket-HANDMADE.har.json")]).connections);
  assert.deepEqual(chrome.sent.slice(2), ["0 message 1 48656c6c6f", "1 message 1 48656c6c6f", "0 message 2 0001ff"]);
  assert.equal(chrome.timestamps[2], "1795194103050115000/6 1");
  assert.equal(shown(chrome)[0]?.split("\r\n")[0], "0 GET /chat HTTP/1.1");
});

function harOf(entry: object): Buffer {
  return Buffer.from(JSON.stringify({ log: { version: "1.2", entries: [{ _webSocketMessages: [], ...entry }] } }));
}

test("a HAR: control messages, errors among the messages, HTTP/2, headers with line ends", () => {
  const messages = [
    { type: "send", time: null, opcode: 9, data: "aGk=" },
    { type: "error", time: 1, opcode: -1, data: "lost" },
    { type: "receive", time: 1, opcode: 1, data: "é" },
  ];
  const request = {
    method: "GET",
    url: "wss://h/a?b#c",
    httpVersion: "HTTP/1.1",
    headers: [{ name: "A", value: "b\r\nC: d" }],
  };
  const http1 = readCapture(har, [harOf({ _webSocketMessages: messages, request, response: { status: 0 } })]);
  assert.deepEqual(shown(only(http1.connections)), [
    "0 GET /a?b HTTP/1.1\r\nA: b C: d\r\n\r\n",
    "0 message 9 6869",
    "1 message 1 c3a9",
  ]);
  assert.match(http1.notes[1] ?? "", /entry 1: skipped 1 item that is not a message/);
  const http2 = readCapture(har, [harOf({ _webSocketMessages: messages, request: { ...request, httpVersion: "h2" } })]);
  assert.equal(only(http2.connections).sent.length, 2);
  assert.match(http2.notes[1] ?? "", /entry 1: the handshake is not shown, because it used "h2"/);
});

test("the mitmproxy sample has messages, heads and the Close frame", () => {
  const { connections, notes } = readCapture(mitmproxy, [sample("mitmproxy-8.1.1.flow")]);
  const connection = only(connections);
  assert.deepEqual(connection.start, { endpoints: ["127.0.0.1:22", "address:22"], isOpenerKnown: true });
  assert.deepEqual(shown(connection), [
    "0 GET /ws HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: 1234\r\n\r\n",
    "1 HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: \r\n\r\n",
    "0 message 1 48656c6c6f",
    "1 message 1 48656c6c6f",
    "0 message 2 0001ff",
    "0 message 8 03e8",
  ]);
  assert.deepEqual(connection.timestamps, [
    "946681200000000000/6 1",
    "946681202000000000/6 1",
    "1795194103050000000/6 1",
    "1795194103060000000/6 1",
    "1795194103070000000/6 1",
    "946681205000000000/6 1",
  ]);
  assert.match(only(notes), /a flow file holds messages, not frames/);
});

/** A tnetstring, as mitmproxy writes values. */
function tnet(value: unknown): Buffer {
  const [payload, type] =
    value === null
      ? [Buffer.alloc(0), "~"]
      : typeof value === "string"
        ? [Buffer.from(value), ";"]
        : typeof value === "boolean"
          ? [Buffer.from(String(value)), "!"]
          : typeof value === "number"
            ? [Buffer.from(String(value)), Number.isInteger(value) ? "#" : "^"]
            : Array.isArray(value)
              ? [Buffer.concat(value.map(tnet)), "]"]
              : [
                  Buffer.concat(
                    Object.entries(value as object)
                      .flat()
                      .map(tnet),
                  ),
                  "}",
                ];
  return Buffer.concat([Buffer.from(`${(payload as Buffer).length}:`), payload as Buffer, Buffer.from(type as string)]);
}

test("mitmproxy: the flows of versions before 7, flows without WebSocket, dropped messages", () => {
  const handshake = {
    request: { method: "GET", path: "/", http_version: "HTTP/1.1", headers: [["Host", "h"]], timestamp_start: 1.5 },
    response: { http_version: "HTTP/1.1", status_code: 101, reason: "", headers: [], timestamp_start: 2 },
  };
  const old = {
    type: "websocket",
    messages: [[1, true, "hi", 3.25, true]],
    close_sender: "server",
    close_code: 1005,
    handshake_flow: handshake,
  };
  const input = Buffer.concat([
    tnet({ type: "http", version: 17 }),
    tnet(old),
    tnet({ ...handshake, websocket: null }),
  ]);
  const { connections, notes } = readCapture(mitmproxy, [input]);
  assert.deepEqual(shown(only(connections)), [
    "0 GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "1 HTTP/1.1 101\r\n\r\n",
    "0 message 1 6869",
    "1 message 8 ",
  ]);
  assert.equal(connections[0]?.timestamps[2], "3250000000/6 2");
  assert.deepEqual(notes.slice(1), [
    "flow 2: mitmproxy dropped 1 of its messages",
    "skipped 2 flows without a WebSocket",
  ]);
});

const UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

test("curl-trace.txt is the conversation, and --trace-time gives its times", () => {
  const { start, sent, timestamps } = only(readCapture(trace, [sample("curl-trace.txt")]).connections);
  assert.deepEqual(start, { endpoints: null, isOpenerKnown: true });
  const [request, answer] = sent.map((what) => Buffer.from(what.slice(2), "hex"));
  assert.match(
    request!.toString(),
    /^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:9021\r\n[\s\S]*Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n$/,
  );
  const head = `HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`;
  assert.equal(answer!.subarray(0, head.length).toString(), head);
  assert.equal(answer!.subarray(head.length).toString("hex"), "810548656c6c6f880203e8");
  assert.deepEqual(timestamps, ["- -", "- -"]);
  const timed = readCapture(trace, [recorded("curl-trace-time.txt")]);
  assert.deepEqual(only(timed.connections).sent.slice(-2), ["1 810548656c6c6f", "1 880203e8"]);
  assert.equal(only(timed.connections).timestamps.at(-1), "84881576056000/6 -");
  assert.match(only(timed.notes), /no date/);
});

test("curl: --trace-ids separates connections", () => {
  const block = (id: string, arrow: string) => `[0-${id}] ${arrow}, 1 bytes (0x1)\n${"0000: 81".padEnd(54)}.\n`;
  const tls = "[0-0] => Send SSL data, 5 bytes (0x5)\n0000: 16 03 01 02 00   .....\n";
  const text = `[0-x] == Info: x\n${tls}${block("0", "=> Send data")}${block("1", "=> Send data")}${block("0", "<= Recv data")}`;
  const { connections } = readCapture(trace, [Buffer.from(text)]);
  assert.deepEqual(
    connections.map(({ sent }) => sent),
    [["0 81", "1 81"], ["0 81"]],
  );
});

test("socat-x.txt and socat-x-v.txt are the conversation, in microseconds that look like nanoseconds", () => {
  for (const [name, time] of [
    ["socat-x.txt", "1795194555084858000/6 -"],
    ["socat-x-v.txt", "1795194554066425000/6 -"],
  ] as const) {
    const { connections, notes } = readCapture(trace, [sample(name)]);
    const connection = only(connections);
    assert.deepEqual(shown(connection), [
      "0 GET / HTTP/1.1\r\n\r\n",
      `1 HTTP/1.1 101 Switching Protocols\r\n${UPGRADE}`,
      "1 810548656c6c6f",
      "1 880203e8",
      "0 818537fa213d7f9f4d5158",
    ]);
    assert.equal(connection.timestamps[0], time);
    assert.equal(connection.start.isOpenerKnown, false);
    assert.match(only(notes), /no time zone/);
  }
});

test("socat: bytes before the trace are a gap, and a side that restarts is another connection", () => {
  const block = (mark: string, from: number) =>
    `${mark} 2026/11/20 17:09:15.123456  length=2 from=${from} to=${from + 1}\n 81 00\n`;
  const text = block(">", 5) + block("<", 0) + block(">", 7) + block(">", 0);
  assert.deepEqual(
    readCapture(trace, [Buffer.from(text)]).connections.map(({ sent }) => sent),
    [["0 gap 5", "0 8100", "1 8100", "0 8100"], ["0 8100"]],
  );
});

const WEBSOCKET_CLIENT = ["0 8185", "1 810548656c6c6f", "0 8283", "1 82030001ff", "0 8882"];

test("websocket-client-enableTrace.log is the conversation, each frame once, even if it is logged to two places", () => {
  const bytes = sample("websocket-client-enableTrace.log");
  const { start, sent } = only(readCapture(trace, [bytes]).connections);
  assert.equal(start.isOpenerKnown, true);
  assert.match(
    Buffer.from(sent[0]!.slice(2), "hex").toString(),
    /^GET \/ HTTP\/1\.1\r\n[\s\S]*Connection: Upgrade\r\n\r\n$/,
  );
  const [, answer = ""] = sent;
  const text = Buffer.from(answer.slice(2), "hex").toString("latin1");
  const end = text.indexOf("\r\n\r\n") + 4;
  assert.match(text, /^HTTP\/1\.1 101 Switching Protocols\r\n[\s\S]*Server: Python\/3\.11 websockets\/17\.1\r\n\r\n$/);
  assert.equal(end, text.length);
  assert.deepEqual(
    sent.slice(2).map((what, index) => what.slice(0, WEBSOCKET_CLIENT[index]!.length)),
    WEBSOCKET_CLIENT,
  );
  assert.equal(sent[2], "0 8185" + "4aea21f9028f4d9525");
  const twice = bytes
    .toString()
    .replace(/^(?:\+\+|---).*$/gm, (line) => `${line}\n2026-11-20 17:00:00,1 - DEBUG - ${line}`);
  assert.deepEqual(only(readCapture(trace, [Buffer.from(twice)]).connections).sent, sent);
});

const WEBSOCKETS = `= connection is CONNECTING
> GET / HTTP/1.1
> Host: h
< HTTP/1.1 101 Switching Protocols
< Upgrade: websocket
= connection is OPEN
> TEXT 'a\\n\\xe9\\u20ac\\'"' [9 bytes]
< BINARY 00 01 ff [3 bytes]
< PING '' [0 bytes]
> PONG 'x' [text, 1 byte]
> TEXT 'ab' [2 bytes, continued]
< CLOSE 1001 (going away) bye [5 bytes]
> CONT 'c' [text, 1 byte]
> CLOSE 1005 (no status received [internal]) [0 bytes]
= connection is CLOSED
`;

test("websockets: a log of a client or a server is read if nothing is shortened", () => {
  const expected = [
    "0 GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "1 HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    "0 message 1 610ac3a9e282ac2722",
    "1 message 2 0001ff",
    "1 message 9 ",
    "0 message 10 78",
    "1 message 8 03e9627965",
    "0 message 1 616263",
    "0 message 8 ",
  ];
  const server = WEBSOCKETS.replace(/^[<>]/gm, (mark) => (mark === "<" ? ">" : "<"));
  const prefixed = WEBSOCKETS.replace(/^/gm, "DEBUG:websockets.client:");
  for (const text of [WEBSOCKETS, server, prefixed]) {
    assert.deepEqual(shown(only(readCapture(trace, [Buffer.from(text)]).connections)), expected);
  }
  assert.equal(readCapture(trace, [Buffer.from(WEBSOCKETS + WEBSOCKETS)]).connections.length, 2);
});

test("websocat: a log of a client or a server is read with the help of its handshake, in quotes and in hex", () => {
  const log =
    'WRITE 18 "GET / HTTP/1.1\\r\\n\\r\\n"\n000001.500000 READ 7 "\\x81\\x05Hello"\nREAD 0 ""\nWRITE 2 8900\nREAD 3 "\\x81\\x01\\""\n';
  const { connections } = readCapture(trace, [Buffer.from(log)]);
  assert.deepEqual(shown(only(connections)), ["0 GET / HTTP/1.1\r\n\r\n", "1 810548656c6c6f", "0 8900", "1 810122"]);
  assert.equal(connections[0]?.timestamps[1], "1500000000/6 -");
  const server = log.replace(/READ|WRITE/g, (verb) => (verb === "READ" ? "WRITE" : "READ"));
  assert.deepEqual(readCapture(trace, [Buffer.from(server)]).connections[0]?.sent, connections[0]?.sent);
});

for (const [format, input, said, hint, line] of [
  [
    "follow",
    sample("tshark-follow-tcp-ascii.txt"),
    /bytes are lost in ascii/,
    /follow,tcp,raw,0 or follow,tcp,yaml/,
    3,
  ],
  ["follow", sample("tshark-follow-tcp-ebcdic.txt"), /bytes are lost in ebcdic/, /follow,tcp,raw/, 3],
  ["follow", "Follow: tcp,raw\nFilter: x\n4g\n", /"g" is not a hex digit/, /hex digits/, 3],
  ["follow", "Follow: tcp,raw\nFilter: x\n474\n", /odd number of hex digits \(3\)/, /hex digits/, 3],
  ["follow", "Follow: tcp,hex\nFilter: x\n00000000  81 g0\n", /not a hex digit/, /offset, 16 bytes/, 3],
  ["follow", "Follow: tcp,hex\nFilter: x\n00000000  81 00\n00000001  00\n", /goes back to 1/, /original order/, 4],
  ["follow", "Follow: tcp,hex\nFilter: x\nwhat\n", /not a row of a followed stream/, /offset, 16 bytes/, 3],
  ["follow", "peers:\npackets:\n  - packet: 1\n    peer: 2\n", /the peer must be 0 or 1/, /yaml/, 4],
  ["follow", "peers:\n  - packet: 1\n    data: !!binary |\n      g*==\n", /"\*" is not a base64/, /indented/, 4],
  ["follow", "char peer0_0[] = {\n0x81, 81 };\n", /not a byte of the array/, /char peer0_0/, 2],
  ["follow", "Follow: tcp,raw\nFilter: x\n=====================\n", /stream is empty/, /conv,tcp/, null],
  ["follow", "hello\n", /no followed stream/, /tshark/, null],
  ["follow", "Follow: udp,raw\n", /no WebSocket frames/, /follow,tcp/, 1],
  ["packets", sample("tcpdump-A.txt"), /tcpdump without hex rows/, /tcpdump -r FILE -tt -xx/, 1],
  ["packets", "\n", /the input has no packets/, /tcpdump -r FILE -tt -xx/, null],
  ["packets", sample("tshark-T-pdml-frame8.xml"), /tshark's XML/, /tshark -r FILE -T json -x/, 4],
  ["packets", sample("tshark-V-frame8.txt"), /tshark -V/, /-V -x/, 1],
  ["packets", sample("tshark-T-fields-tcp.payload.txt"), /columns/, /-T fields -e tcp\.payload/, 1],
  ["packets", sample("tshark-T-fields-websocket.payload.txt"), /columns/, /-T json -x/, 1],
  ["packets", "    8   0.064823    127.0.0.1 → 127.0.0.1    TCP 77 x\n", /packet list/, /-T json -x/, 1],
  ["packets", "[\n\n]\n", /the input has no packets/, /-T json -x/, null],
  ["packets", '[\n  {"_source":{"layers":{}}}\n  x]', /expected an object, but found "x"/, /-T json -x/, 3],
  [
    "packets",
    '[\n{"layers":{}},\n {"layers":\n {"frame":12 3}}]',
    /not valid JSON: expected a comma or }/,
    /-T json -x/,
    4,
  ],
  ["packets", '[\n{"layers":{"frame_raw":"123"}}]', /frame_raw of this packet is not in pairs/, /-T json -x/, 2],
  ["packets", '{"layers":{"tcp":{"tcp.payload":"81:0…"}}}', /tcp\.payload of this packet is not in pairs/, /-x/, 1],
  ["packets", '{"layers":{"tcp":{"tcp.payload":"81:00"}}}', /neither frame_raw nor all of TCP/, /-x/, null],
  ["packets", "\t0x0000:  45\n\t0x0010:  00\n", /offset jumps to 10: the row before ends at 0001/, /tcpdump/, 2],
  ["packets", "0000  45 0g\n", /not a hex digit/, /tcpdump/, 1],
  ["har", '{"log":{"entries":[}}', /this HAR is truncated/, /save it again/, 1],
  ["har", '{"log":{"version":"1.2"}}', /no log\.entries/, /Export HAR/, null],
  ["har", '{"log":{"entries":[{}]}}', /none of the 1 entries/, /recordHar/, null],
  ["har", harOf({ _webSocketMessages: [{ type: "send", opcode: 2, data: "!" }] }), /not base64/, /DevTools/, null],
  ["mitmproxy", "3:abc,", /this is not a flow/, /-w/, 1],
  ["mitmproxy", "5:4:typ}", /a length exceeds/, /-w/, 1],
  ["mitmproxy", "01:a,", /starts with a zero/, /-w/, 1],
  ["mitmproxy", "9999999999:4:type;", /longer than 256 MiB/, /bodies/, 1],
  ["mitmproxy", "9:4:type;1:", /truncated/, /mitmproxy/, 1],
  ["mitmproxy", tnet({ type: "http" }), /none of the 1 flows/, /~websocket/, null],
  ["trace", sample("curl-trace-ascii.txt"), /bytes are lost: --trace-ascii/, /curl --trace FILE/, 4],
  ["trace", sample("python-websockets-debug.log"), /cannot be told apart/, /separate file/, 2],
  ["trace", sample("ncat-x.txt"), /no trace in a known form/, /socat -x/, null],
  ["trace", "= connection is OPEN\n> BINARY 00 ... ff [300 bytes]\n", /shortened/, /WEBSOCKETS_MAX_LOG_SIZE/, 2],
  [
    "trace",
    `= connection is OPEN\n> TEXT '${"a".repeat(47)}...${"a".repeat(23)}' [73 bytes]\n`,
    /shortened/,
    /WEBSOCKETS_MAX_LOG_SIZE/,
    2,
  ],
  ["trace", 'READ 5 "Hello"\n', /no handshake/, /ws-c:log:tcp/, 1],
  ["trace", 'READ 6 "Hello"\n', /6 bytes were announced/, /log-omit-content/, 1],
  ["trace", "> 2026/11/20 17:09:15.1  length=2 from=0 to=1\nHi\n", /bytes are lost/, /socat -x/, 2],
  ["trace", "++Sent raw: b'\\x8'\n", /is incomplete/, /two hex digits/, 1],
  ["trace", "=> Send data, 20 bytes (0x14)\n0000: 81 00\n", /bytes are lost/, /curl --trace/, 2],
] as const) {
  test(`${format} refuses ${JSON.stringify(input.toString().slice(0, 40))}, with its place`, () => {
    const { read } = TEXT_FORMATS.find(({ name }) => name === format)!;
    assert.throws(
      () => read([Buffer.from(input)]),
      (error: unknown) => {
        assert.ok(error instanceof InputError, String(error));
        assert.match(error.message, said);
        assert.match(error.hint, hint);
        assert.equal(error.place?.line ?? null, line);
        return true;
      },
    );
  });
}

/** All inputs, and what reads them. */
const INPUTS = [SAMPLES, RECORDED].flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(pcap|pcapng|gz)$/.test(entry.name))
    .map(({ name }) => ({ path: join(folder, name), bytes: readFileSync(join(folder, name)) })),
);

/** The format that claims each input; others claim none. */
const CLAIMS: readonly (readonly [names: RegExp, format: string])[] = [
  [/follow|wireshark-/, "follow"],
  // Of these, what has no bytes is claimed to be refused.
  [/tcpdump-|tshark-(?:P-x|T-|V-|t-ud|x-)/, "packets"],
  [/\.har/, "har"],
  [/\.flow$/, "mitmproxy"],
  [/curl|socat|enableTrace|websockets-debug/, "trace"],
];

for (const { path, bytes } of INPUTS) {
  const format = CLAIMS.find(([names]) => names.test(path.slice(path.lastIndexOf("/"))))?.[1] ?? null;
  test(`${path} is detected as ${format ?? "no capture"}`, () => {
    const claims = TEXT_FORMATS.filter(({ probe }) => probe(createSample(bytes))?.fit === "sure");
    assert.deepEqual(
      claims.map(({ name }) => name),
      format === null ? [] : [format],
    );
  });
  const claiming = TEXT_FORMATS.find(({ name }) => name === format);
  if (claiming === undefined) continue;

  test(`${path}: any split gives the same`, () => {
    const whole = outcome(() => claiming.read([bytes]));
    for (const sizes of [[1], [7, 1, 300], [64]]) {
      assert.deepEqual(
        outcome(() => claiming.read(splitBytes(bytes, sizes))),
        whole,
      );
    }
  });

  test(`${path}: truncated or changed anywhere, it is read or refused`, () => {
    const random = generator(bytes.length);
    const step = Math.max(1, Math.floor(bytes.length / RUNS));
    for (let length = 0; length < bytes.length; length += step)
      outcome(() => claiming.read([bytes.subarray(0, length)]));
    for (let run = 0; run < RUNS; run++) {
      const changed = Buffer.from(bytes);
      for (let count = random(4); count >= 0; count--) {
        const at = random(changed.length);
        const kind = random(3);
        if (kind === 0) changed[at] = random(256);
        else if (kind === 1) changed.copyWithin(at, random(changed.length));
        else changed.copyWithin(random(changed.length), at, at + random(40));
      }
      outcome(() => claiming.read([changed]));
      for (const { probe } of TEXT_FORMATS) if (run % 50 === 0) probe(createSample(changed));
    }
  });
}

/** Changes of each capture, and places where it is cut. */
const RUNS = fuzzCount(200, 1000);

/** What reading gave, or the fault that it ended with; any other error is a defect. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [error.message, error.hint, error.place];
  }
}

/** Numbers below a limit, the same in each run. */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test("inputs of notations are not detected as captures", () => {
  const folders = ["fixtures/samples", "fixtures/samples/literals", "fixtures/rfc6455-5.7", "fixtures/conformance"];
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(join(folder, entry.name));
      for (const { name, probe } of TEXT_FORMATS) {
        assert.equal(probe(createSample(bytes)), null, `${entry.name} as ${name}`);
      }
    }
  }
});
