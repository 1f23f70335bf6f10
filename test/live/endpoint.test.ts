import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deflateMessage } from "../../src/protocol/deflate/deflate-message.js";
import { encodeFrame, type FrameDescription } from "../../src/protocol/frame/encoder.js";
import type { Sender } from "../../src/protocol/frame/frame.js";
import { cuts } from "../support/arbitrary-frames.js";
import { parseHexBytes, splitBytes } from "../support/bytes.js";
import { createEndpoint, type RecordedEndpoint } from "../support/endpoints.js";
import { fuzzRuns } from "../support/runs.js";

const KEY = 0x37fa213d;
const text = (words: string): Uint8Array => Buffer.from(words);
const closeBody = (code: number, reason = ""): Uint8Array =>
  Buffer.concat([Uint8Array.of(code >> 8, code), text(reason)]);

/** Sends frames to a server's endpoint, masked as a client's. */
function told(heard: RecordedEndpoint, ...frames: readonly FrameDescription[]): void {
  for (const frame of frames) heard.endpoint.receive(encodeFrame({ maskingKey: KEY, ...frame }));
}

/** The sent frames, in short. */
function said(heard: RecordedEndpoint): string[] {
  return heard.frames().map((frame) => {
    const { opcodeName, payload, closeCode, closeReason, fin } = frame;
    const what = opcodeName === "close" ? [closeCode ?? "", closeReason ?? ""].join(" ") : payload;
    return `${opcodeName}${fin ? "" : "…"} ${what}`.trim();
  });
}

test("a ping is answered with its own payload, also between fragments, unless that is turned off", () => {
  const server = createEndpoint("server");
  told(
    server,
    { opcode: 9, payload: text("are you there") },
    { opcode: 1, fin: false, payload: text("Hel") },
    { opcode: 9 },
    { opcode: 0, payload: text("lo") },
  );
  assert.deepEqual(said(server), ["pong are you there", "pong"]);
  assert.deepEqual(server.messages, [{ opcode: 1, payload: "Hello" }]);
  const silent = createEndpoint("server", { answersPings: false });
  told(silent, { opcode: 9, payload: text("a") });
  assert.deepEqual(silent.sent, []);
});

test("a pong is not answered", () => {
  const server = createEndpoint("server");
  told(server, { opcode: 10, payload: text("a") });
  assert.deepEqual([server.sent, server.closedCount()], [[], 0]);
});

test("a Close is answered with its code, and the connection ends once", () => {
  const server = createEndpoint("server");
  told(server, { opcode: 8, payload: closeBody(4321, "bye") });
  assert.deepEqual(said(server), ["close 4321"]);
  assert.deepEqual(
    [server.endpoint.isClosingComplete, server.endpoint.receivedClose, server.closedCount()],
    [true, { code: 4321 }, 1],
  );
  told(server, { opcode: 8, payload: closeBody(1000) }, { opcode: 1, payload: text("late") });
  assert.deepEqual([server.sent.length, server.messages, server.closedCount()], [1, [], 1]);
});

test("a Close without a code is answered with one without a code", () => {
  const server = createEndpoint("server");
  told(server, { opcode: 8 });
  assert.deepEqual(said(server), ["close"]);
  assert.deepEqual(server.endpoint.receivedClose, { code: null });
});

test("a Close is answered with another code if the policy has one", () => {
  const server = createEndpoint("server", { closeCode: 4000 });
  told(server, { opcode: 8, payload: closeBody(1000) });
  assert.deepEqual(said(server), ["close 4000"]);
});

test("after its Close an endpoint sends nothing, waits for the answer, and does not reply to it", () => {
  const client = createEndpoint("client");
  client.endpoint.close(1000, text("done"));
  client.endpoint.send(1, text("late"));
  client.endpoint.close(1001);
  assert.deepEqual(said(client), ["close 1000 done"]);
  assert.deepEqual([client.endpoint.isClosingComplete, client.closedCount()], [false, 0]);
  client.endpoint.receive(encodeFrame({ opcode: 9, payload: text("a") }));
  client.endpoint.receive(encodeFrame({ opcode: 8, payload: closeBody(1000) }));
  assert.deepEqual([client.sent.length, client.endpoint.isClosingComplete, client.closedCount()], [1, true, 1]);
});

/** Faults, each with the close code that an endpoint answers and the sender of the frames. */
const FAULTS: readonly (readonly [what: string, code: number, from: Sender, ...frames: FrameDescription[]])[] = [
  ["a frame of a client without a mask", 1002, "client", { opcode: 1, maskingKey: null }],
  ["a frame of a server with one", 1002, "server", { opcode: 1, maskingKey: KEY }],
  ["an opcode that means nothing", 1002, "client", { opcode: 3 }],
  ["an RSV bit", 1002, "client", { opcode: 1, rsv2: true }],
  ["RSV1 without compression", 1002, "client", { opcode: 1, rsv1: true, payload: text("a") }],
  ["a length in the wrong form", 1002, "client", { opcode: 1, lengthBits: 64, payload: text("a") }],
  ["a length of 2^63, before its bytes are there", 1002, "client", { opcode: 2, payloadLength: 2n ** 63n }],
  ["a length of 2^40, before its bytes are there", 1009, "client", { opcode: 2, payloadLength: 2 ** 40 }],
  ["a ping in fragments", 1002, "client", { opcode: 9, fin: false }],
  ["a ping of 126 bytes", 1002, "client", { opcode: 9, payload: new Uint8Array(126) }],
  ["a continuation of nothing", 1002, "client", { opcode: 0 }],
  ["a message inside another", 1002, "client", { opcode: 1, fin: false }, { opcode: 1 }],
  ["a Close of one byte", 1002, "client", { opcode: 8, payload: Uint8Array.of(3) }],
  ["a Close code that may not be sent", 1002, "client", { opcode: 8, payload: closeBody(1006) }],
  ["a Close reason that is no UTF-8", 1007, "client", { opcode: 8, payload: parseHexBytes("03 e8 ff") }],
  ["text that is no UTF-8", 1007, "client", { opcode: 1, payload: parseHexBytes("61 c0 80") }],
  [
    "text that is no UTF-8 across fragments",
    1007,
    "client",
    { opcode: 1, fin: false, payload: parseHexBytes("c3") },
    { opcode: 0, payload: parseHexBytes("28") },
  ],
];

for (const [what, code, from, ...frames] of FAULTS) {
  test(`the connection fails with ${code}: ${what}`, () => {
    const heard = createEndpoint(from === "client" ? "server" : "client");
    for (const frame of frames)
      heard.endpoint.receive(encodeFrame({ maskingKey: from === "client" ? KEY : null, ...frame }));
    assert.deepEqual(said(heard), [`close ${code}`]);
    assert.deepEqual([heard.closedCount(), heard.messages], [1, []]);
    heard.endpoint.receive(encodeFrame({ opcode: 1, maskingKey: from === "client" ? KEY : null, payload: text("on") }));
    assert.deepEqual([heard.sent.length, heard.messages], [1, []]);
  });
}

test("a message of the maximum size is accepted, and one more byte fails with 1009, in one frame and in fragments", () => {
  const largest = 100;
  for (const [size, fragments, closes] of [
    [100, 1, []],
    [101, 1, ["close 1009"]],
    [100, 4, []],
    [101, 4, ["close 1009"]],
  ] as const) {
    const server = createEndpoint("server", { maxMessageBytes: largest });
    const step = Math.ceil(size / fragments);
    for (let start = 0; start < size; start += step)
      told(server, {
        opcode: start === 0 ? 2 : 0,
        fin: start + step >= size,
        payload: new Uint8Array(Math.min(step, size - start)),
      });
    assert.deepEqual(said(server), closes, `${size} bytes in ${fragments}`);
    assert.equal(server.messages.length, closes.length === 0 ? 1 : 0);
  }
});

test("a message that inflates beyond the maximum size fails with 1009", () => {
  const payload = deflateMessage(new Uint8Array(101));
  assert.ok(payload.length < 100);
  const server = createEndpoint("server", { maxMessageBytes: 100 }, "permessage-deflate");
  told(server, { opcode: 2, rsv1: true, payload });
  assert.deepEqual(said(server), ["close 1009"]);
  assert.deepEqual(server.messages, []);
});

test("invalid DEFLATE data fails with 1007 or 1002, as its rule requires", () => {
  const server = createEndpoint("server", {}, "permessage-deflate");
  told(server, { opcode: 2, rsv1: true, payload: parseHexBytes("ff ff ff") });
  assert.match(said(server).join(), /^close 100[27]$/);
});

test("a message is sent in fragments of the maximum size, a control frame or an empty message in one frame", () => {
  const server = createEndpoint("server", { fragmentSize: 2 });
  for (const [opcode, payload] of [
    [1, "Hello"],
    [1, "four"],
    [1, ""],
    [9, "ping"],
  ] as const)
    server.endpoint.send(opcode, text(payload));
  server.endpoint.send(1, text("other"), 3);
  assert.deepEqual(said(server), [
    ...["text… He", "continuation… ll", "continuation o"],
    ...["text… fo", "continuation ur"],
    "text",
    "ping ping",
    ...["text… oth", "continuation er"],
  ]);
});

test("a client masks each frame with a new key, and a server masks only if its policy requires it", () => {
  const keys = (role: Sender, mask?: boolean): unknown[] => {
    const heard = createEndpoint(role, mask === undefined ? {} : { mask });
    for (let i = 0; i < 3; i++) heard.endpoint.send(1, text("a"));
    return heard.frames().map(({ maskingKey }) => maskingKey);
  };
  assert.equal(new Set(keys("client")).size, 3);
  assert.ok(!keys("client").includes(null));
  assert.deepEqual(keys("server"), [null, null, null]);
  assert.ok(!keys("server", true).includes(null));
});

test("raw bytes are sent unchanged", () => {
  const client = createEndpoint("client");
  client.endpoint.sendRaw(parseHexBytes("ff 00"));
  assert.deepEqual(client.sent, [parseHexBytes("ff 00")]);
});

test("an endpoint reads the messages of another, compressed or not, in fragments or not, however the bytes are cut", () => {
  const messages = fc.array(
    fc.record({
      opcode: fc.constantFrom(1, 2),
      payload: fc.oneof(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.constant("frame after frame ".repeat(50)),
        fc.constant(""),
      ),
    }),
    { maxLength: 6 },
  );
  const extensions = fc.constantFrom(
    "",
    "permessage-deflate",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10",
    // zlib cannot compress with an 8-bit window, so such a sender leaves its messages uncompressed.
    "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8",
  );
  const fragment = fc.option(fc.integer({ min: 1, max: 40 }), { nil: null });
  const sender = fc.constantFrom<Sender>("client", "server");
  fc.assert(
    fc.property(sender, messages, extensions, fragment, cuts, (from, list, agreed, size, cut) => {
      const speaker = createEndpoint(from, { fragmentSize: size }, agreed);
      const listener = createEndpoint(from === "client" ? "server" : "client", {}, agreed);
      for (const { opcode, payload } of list) speaker.endpoint.send(opcode, text(payload));
      for (const piece of splitBytes(Buffer.concat(speaker.sent), cut)) listener.endpoint.receive(piece);
      assert.deepEqual(
        listener.messages,
        list.map(({ opcode, payload }) => ({ opcode, payload: Buffer.from(payload).toString("latin1") })),
      );
      assert.deepEqual([listener.sent, listener.closedCount()], [[], 0]);
    }),
    fuzzRuns(75),
  );
});

test("messages are compressed if agreed, and only the first fragment has RSV1", () => {
  const server = createEndpoint("server", { fragmentSize: 5 }, "permessage-deflate");
  server.endpoint.send(1, text("frame ".repeat(100)));
  server.endpoint.send(9, text("ping"));
  const frames = server.frames();
  assert.deepEqual(
    frames.map(({ rsv1 }) => rsv1),
    frames.map((_, i) => i === 0),
  );
  assert.ok(Buffer.concat(server.sent).length < 100);
});
