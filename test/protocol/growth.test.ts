import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteStream } from "../../src/protocol/byte-stream.js";
import { Connection } from "../../src/protocol/connection.js";
import { encodeFrame } from "../../src/protocol/frame-encoder.js";
import type { HandshakeEvent } from "../../src/protocol/handshake.js";
import { judgeEnd, judgeFrame, judgeHandshake } from "../../src/rules/judge.js";
import { executedBlocks } from "../support/executed-blocks.js";

interface Bytes {
  readonly client: string;
  readonly server: string;
}

const ANSWER = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
const PERMESSAGE_DEFLATE = "permessage-deflate";

/** A list of so many elements, none like another. */
const list = (count: number, element: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => element(i)).join("");
const both = (header: string): Bytes => ({
  client: `GET / HTTP/1.1\r\n${header}\r\n\r\n`,
  server: `${ANSWER.slice(0, -2)}${header}\r\n\r\n`,
});
const frames = (
  count: number,
  opcode: number,
  maskingKey: number | null,
  payload: (index: number) => string,
  fin = true,
): string =>
  list(count, (i) =>
    Buffer.from(
      encodeFrame({
        opcode,
        fin,
        maskingKey: maskingKey === null ? null : maskingKey + i,
        payload: Buffer.from(payload(i)),
      }),
    ).toString("latin1"),
  );

/** Bytes of both senders that grow in proportion to a number. */
const GROWING: Readonly<Record<string, (count: number) => Bytes>> = {
  headers: (n) => both(`${list(n, (i) => `A${i}: b\r\n`)}B: c`),
  "folded lines": (n) => both(`A: b${list(n, (i) => `\r\n c${i}`)}`),
  "lines that are no headers": (n) => both(`${list(n, () => "@\r\n")}B: c`),
  "empty lines": (n) => ({ client: "\r\n".repeat(n), server: "\r\n".repeat(n) + ANSWER }),
  extensions: (n) => both(`Sec-WebSocket-Extensions: ${list(n, (i) => `a${i},`)}`),
  "the same extension": (n) => both(`Sec-WebSocket-Extensions: ${list(n, () => `${PERMESSAGE_DEFLATE},`)}`),
  "headers of extensions": (n) => both(`${list(n, (i) => `Sec-WebSocket-Extensions: a${i}\r\n`)}B: c`),
  parameters: (n) => both(`Sec-WebSocket-Extensions: ${PERMESSAGE_DEFLATE}${list(n, (i) => `;p${i}`)}`),
  subprotocols: (n) => both(`Sec-WebSocket-Protocol: ${list(n, (i) => `a${i},`)}`),
  "headers of subprotocols": (n) => both(`${list(n, (i) => `Sec-WebSocket-Protocol: a${i}\r\n`)}B: c`),
  "responses before the answer": (n) => ({
    client: "GET / HTTP/1.1\r\n\r\n",
    server: "HTTP/1.1 103 x\r\n\r\n".repeat(n) + ANSWER,
  }),
  "requests one after the other": (n) => ({ client: "GET / HTTP/1.1\r\n\r\n".repeat(n), server: "" }),
  "a refusal's body of lines that could be heads": (n) => ({
    client: "",
    server: `HTTP/1.1 404 x\r\n\r\n${"HTTP/\n".repeat(200 * n)}`,
  }),
  "pings of one payload": (n) => ({
    client: frames(n, 9, 1, () => ""),
    server: ANSWER + frames(n, 10, null, () => ""),
  }),
  "bytes that are no frames": (n) => ({ client: "", server: ANSWER + "\x83\0\x7f".repeat(n) }),
  zeros: (n) => ({ client: "", server: ANSWER + "\0".repeat(10 * n) }),
  "frames that could be heads": (n) => ({ client: "", server: ANSWER + `GET ${"a".repeat(67)}`.repeat(8 * n) }),
  fragments: (n) => ({
    client: "",
    server: ANSWER + frames(1, 1, null, () => "a", false) + frames(n, 0, null, () => "b", false),
  }),
  "pings that no pong answers": (n) => ({
    client: frames(n, 9, 1, (i) => `${i}`),
    server: ANSWER + frames(n, 10, null, (i) => `x${i}`),
  }),
  pings: (n) => ({ client: frames(n, 9, 1, (i) => `${i}`), server: ANSWER + frames(n, 10, null, (i) => `${i}`) }),
};

interface Delivery {
  /** Bytes that come at a time. */
  readonly chunk: number;
  /** Bytes are missing behind each such number of chunks; 0 where none are. */
  readonly gapEvery: number;
}

function read({ client, server }: Bytes, { chunk, gapEvery }: Delivery): HandshakeEvent[] {
  const handshakes: HandshakeEvent[] = [];
  const connection = (): Connection =>
    new Connection(
      {
        handshake(event) {
          handshakes.push(event);
          judgeHandshake(event);
        },
        frame: (event) => void judgeFrame(event),
        end: (event) => void judgeEnd(event),
        closed() {},
      },
      { stream: 0, keep: 100 },
    );
  const first = connection();
  const streams = (["client", "server"] as const).map((sender) => {
    let current = first;
    let begun = false;
    const stream = new ByteStream({
      sender,
      connection() {
        if (begun) current = connection();
        begun = true;
        return current;
      },
    });
    const bytes = Buffer.from(sender === "client" ? client : server, "latin1");
    for (let at = 0, chunks = 1; at < bytes.length; at += chunk, chunks++) {
      stream.push(bytes.subarray(at, at + chunk));
      if (gapEvery > 0 && chunks % gapEvery === 0) stream.gap(3);
    }
    return stream;
  });
  for (const stream of streams) stream.end();
  first.end();
  return handshakes;
}

const COUNT = 700;
const GROWTH = 2.6;

for (const [name, bytes] of Object.entries(GROWING))
  for (const [how, delivery] of Object.entries({
    whole: { chunk: Number.MAX_SAFE_INTEGER, gapEvery: 0 },
    "in pieces": { chunk: 7, gapEvery: 0 },
    "with gaps": { chunk: 90, gapEvery: 3 },
  }))
    test(`twice as much takes twice the work: ${name}, ${how}`, () => {
      read(bytes(10), delivery);
      const steps = [COUNT, 2 * COUNT, 4 * COUNT].map((count) => {
        const prepared = bytes(count);
        return executedBlocks(() => void read(prepared, delivery));
      });
      const [few = 0, more = 0, many = 0] = steps;
      assert.ok(more / few < GROWTH && many / more < GROWTH, steps.join(" "));
    });

test("of responses before the answer the first are kept, and the others counted", () => {
  const server = "HTTP/1.1 103 x\r\n\r\n".repeat(1000) + ANSWER;
  const [event] = read({ client: "GET / HTTP/1.1\r\n\r\n", server }, { chunk: 50, gapEvery: 0 });
  assert.deepEqual([event?.interim.length, event?.interimOmitted], [16, 984]);
});
