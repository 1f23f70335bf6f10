/** Heads and frames of hostile peers take time that grows with their length, and no faster: counted in steps, in any pieces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFrame } from "../../src/index.js";
import { StreamInspection } from "../../src/inspect/stream-inspection.js";
import { list } from "../../src/view/list.js";
import { summary } from "../../src/view/summary.js";
import { table } from "../../src/view/table.js";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";
import { countSteps } from "../support/steps.js";

const [REQUEST, RESPONSE] = buildHandshakeHeads(null).split(/(?=HTTP\/1\.1 101)/) as [string, string];
const withLines = (head: string, lines: string): string => head.replace(/\r\n\r\n$/, `\r\n${lines}\r\n`);
const frame = (opcode: number, payload: string, fin = true, key: number | null = null): Uint8Array =>
  encodeFrame({ opcode, fin, payload: Buffer.from(payload, "latin1"), maskingKey: key });
const times = (count: number, each: (index: number) => string | Uint8Array): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => Buffer.from(each(index) as string, "latin1")));

/** Inputs that grow: by name, the bytes of size `n`. */
const GROWING: Readonly<Record<string, (n: number) => Uint8Array>> = {
  "an address": (n) => Buffer.from(REQUEST.replace("GET /", `GET /${"a".repeat(n * 20)}`)),
  headers: (n) => Buffer.from(withLines(REQUEST, "X-A: b\r\n".repeat(n))),
  "WebSocket's own headers": (n) => Buffer.from(withLines(REQUEST, "Sec-WebSocket-Key: b\r\n".repeat(n))),
  "lines that go on": (n) => Buffer.from(withLines(REQUEST, `X-A: b\r\n${" c\r\n".repeat(n)}`)),
  "lines that are no headers": (n) => Buffer.from(withLines(REQUEST, "(\r\n".repeat(n))),
  "old headers": (n) => Buffer.from(withLines(REQUEST, "WebSocket-Origin: b\r\n".repeat(n))),
  "extensions and others agreed": (n) =>
    Buffer.from(
      ["a", "b"]
        .map((name, i) => {
          const names = Array.from({ length: n }, (_, index) => `${name}${index}`).join();
          return withLines(i === 0 ? REQUEST : RESPONSE, `Sec-WebSocket-Extensions: ${names}\r\n`);
        })
        .join(""),
    ),
  "parameters of an extension": (n) =>
    Buffer.from(withLines(REQUEST, `Sec-WebSocket-Extensions: permessage-deflate${"; a".repeat(n)}\r\n`)),
  "an extension again and again": (n) =>
    Buffer.from(
      [REQUEST, RESPONSE]
        .map((head) =>
          withLines(head, `Sec-WebSocket-Extensions: ${Array(n).fill("permessage-deflate; a").join()}\r\n`),
        )
        .join(""),
    ),
  subprotocols: (n) =>
    Buffer.from(
      withLines(REQUEST, `Sec-WebSocket-Protocol: ${Array.from({ length: n }, (_, i) => `p${i}`).join()}\r\n`) +
        withLines(RESPONSE, "Sec-WebSocket-Protocol: q\r\n"),
    ),
  "interim responses": (n) => Buffer.from(REQUEST + "HTTP/1.1 103 Early\r\n\r\n".repeat(n) + RESPONSE),
  requests: (n) => Buffer.from(REQUEST.repeat(n)),
  "requests and refusals": (n) => Buffer.from(`${REQUEST}HTTP/1.1 401 No\r\n\r\nbody\n`.repeat(n)),
  "blanks in a request line": (n) => Buffer.from(`GET /${" ".repeat(n * 10)}\rx\r\n${REQUEST}`),
  "blanks in a status line": (n) => Buffer.from(`HTTP/${" ".repeat(n * 10)}\rx\r\nUpgrade: websocket\r\n\r\n`),
  "versions in a request line": (n) => Buffer.from(`GET / ${"HTTP/1 ".repeat(n)}\rx\r\nUpgrade: websocket\r\n\r\n`),
  "empty lines": (n) => Buffer.from("\r\n".repeat(n * 4)),
  methods: (n) => Buffer.from("GET ".repeat(n * 4)),
  "pongs that answer nothing": (n) =>
    Buffer.concat([times(n, () => frame(9, "x", true, 1)), frame(1, "a"), times(n, () => frame(10, "y"))]),
  "pings and pongs": (n) =>
    Buffer.concat([times(n, (i) => frame(9, String(i), true, 1)), times(n, (i) => frame(10, String(i)))]),
  fragments: (n) => Buffer.concat([frame(1, "a", false), times(n * 4, () => frame(0, "b", false))]),
  "fragments and pings": (n) =>
    Buffer.concat([
      frame(1, "a", false),
      times(n, () => Buffer.concat([frame(0, "b", false), frame(9, "p")])),
      frame(0, ""),
    ]),
  "messages that are given up": (n) => times(n, () => frame(1, "a", false)),
  "text that is not UTF-8": (n) => times(n, () => frame(1, "\xff")),
  zeros: (n) => Buffer.alloc(n * 10),
  "a Close reason": (n) => frame(8, `\x03\xe8${"\x9b\u00ff".repeat(n * 10)}`),
  "a payload of marks": (n) => encodeFrame({ opcode: 1, payload: Buffer.from(`a${"\u0301".repeat(n * 10)}`) }),
};

const VIEWS = { table, list, summary };
const SIZE = 100;
/** Twice as much may take a little more than twice the steps, for what grows by doubling; four times would be a square. */
const MOST_GROWTH = 2.6;

for (const [name, of] of Object.entries(GROWING)) {
  test(name, async () => {
    for (const [view, module] of Object.entries(VIEWS)) {
      for (const piece of view === "summary" ? [1, Number.POSITIVE_INFINITY] : [Number.POSITIVE_INFINITY]) {
        const steps: number[] = [];
        for (const n of [SIZE, 2 * SIZE]) {
          const bytes = Buffer.from(of(n));
          steps.push(
            await countSteps(() => {
              const paper = new BufferedViewContext();
              const inspection = new StreamInspection(module.open(paper), {
                sender: null,
                keep: module.maxPayloadShown,
              });
              for (let at = 0; at < bytes.length; at += piece) inspection.push(bytes.subarray(at, at + piece));
              inspection.end();
            }),
          );
        }
        const [once = 0, twice = 0] = steps;
        assert.ok(twice < MOST_GROWTH * once, `${view}, ${piece}: ${steps.join(" ")}`);
      }
    }
  });
}
