/** What happens when a sink throws: the error reaches the caller, and nothing wrong is reported afterwards. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ByteStream,
  Connection,
  type ConnectionSink,
  encodeFrame,
  FrameDecoder,
  type FrameSink,
} from "../../src/index.js";
import { buildHandshakeHeads } from "../support/arbitrary-conversations.js";

const FAILURE = new Error("the sink failed");
const isFailure = (error: unknown): boolean => error === FAILURE;

const textFrame = (text: string): Uint8Array => encodeFrame({ opcode: 1, payload: Buffer.from(text) });
const FRAMES = Buffer.concat(["one", "two", "three"].map(textFrame));

/** A sink of frames that throws in one of its methods from the second frame on, and notes what it was given. */
function failingFrameSink(method: keyof FrameSink): { sink: FrameSink; seen: string[] } {
  const seen: string[] = [];
  let frames = 0;
  const note = (name: keyof FrameSink, what: string): void => {
    seen.push(what);
    if (name === "frameStart") frames++;
    if (name === method && frames > 1) throw FAILURE;
  };
  const sink: FrameSink = {
    frameStart: ({ offset }) => note("frameStart", `start ${offset}`),
    framePayload: (_frame, bytes, start, end) =>
      note("framePayload", Buffer.from(bytes.subarray(start, end)).toString()),
    frameEnd: ({ offset }) => note("frameEnd", `end ${offset}`),
  };
  return { sink, seen };
}

for (const method of ["frameStart", "framePayload", "frameEnd"] as const) {
  test(`a decoder whose sink throws in ${method} throws the same error from then on and reports nothing more`, () => {
    const { sink, seen } = failingFrameSink(method);
    const decoder = new FrameDecoder(sink);
    assert.throws(() => decoder.push(FRAMES), isFailure);
    const before = [...seen];
    assert.ok(!before.includes("start 10"), "the frame after the one that failed");
    assert.throws(() => decoder.push(FRAMES), isFailure);
    assert.throws(() => decoder.push(new Uint8Array(0)), isFailure);
    assert.throws(() => decoder.end(), isFailure);
    assert.deepEqual(seen, before);
  });
}

test("a sink that throws at the end of the input stops the decoder too", () => {
  const { sink, seen } = failingFrameSink("frameEnd");
  const decoder = new FrameDecoder(sink);
  decoder.push(FRAMES.subarray(0, 8));
  assert.throws(() => decoder.end(), isFailure);
  const before = [...seen];
  assert.throws(() => decoder.end(), isFailure);
  assert.throws(() => decoder.push(FRAMES), isFailure);
  assert.deepEqual(seen, before);
});

test("a decoder that failed inside another one's sink leaves the outer one and later ones alone", () => {
  const payloads: string[] = [];
  const collect = (): FrameSink => ({
    frameStart() {},
    framePayload: (_frame, bytes, start, end) => void payloads.push(Buffer.from(bytes.subarray(start, end)).toString()),
    frameEnd() {},
  });
  const outer = new FrameDecoder({
    ...collect(),
    frameStart() {
      const inner = new FrameDecoder(failingFrameSink("framePayload").sink);
      assert.throws(() => inner.push(Buffer.concat([FRAMES, new Uint8Array(5000)])), isFailure);
    },
  });
  outer.push(FRAMES);
  outer.end();
  const later = new FrameDecoder(collect());
  later.push(FRAMES);
  assert.deepEqual(payloads, ["one", "two", "three", "one", "two", "three"]);
});

const HEADS = buildHandshakeHeads(null);

function failingConnection(method: keyof ConnectionSink): { connection: Connection; seen: string[] } {
  const seen: string[] = [];
  const note = (name: keyof ConnectionSink, what: string): void => {
    seen.push(what);
    if (name === method) throw FAILURE;
  };
  const sink: ConnectionSink = {
    handshake: () => note("handshake", "handshake"),
    frame: ({ payload }) => note("frame", Buffer.from(payload).toString()),
    end: ({ sender }) => note("end", `end ${sender}`),
    closed: () => note("closed", "closed"),
  };
  return { connection: new Connection(sink, { stream: 0, keep: 100 }), seen };
}

for (const method of ["handshake", "frame"] as const) {
  test(`a byte stream whose connection's sink throws in ${method} throws the same error from then on`, () => {
    const { connection, seen } = failingConnection(method);
    const stream = new ByteStream({ sender: null, nextConnection: () => connection });
    assert.throws(() => stream.push(Buffer.concat([Buffer.from(HEADS), FRAMES])), isFailure);
    const before = [...seen];
    assert.throws(() => stream.push(FRAMES), isFailure);
    assert.throws(() => stream.addGap(7), isFailure);
    assert.throws(() => stream.end(), isFailure);
    assert.throws(() => connection.end(), isFailure);
    assert.deepEqual(seen, before);
  });
}

test("the other byte stream of a connection whose sink threw reports nothing either", () => {
  const { connection, seen } = failingConnection("frame");
  const [client, server] = (["client", "server"] as const).map(
    (sender) => new ByteStream({ sender, nextConnection: () => connection }),
  ) as [ByteStream, ByteStream];
  assert.throws(() => client.push(FRAMES), isFailure);
  assert.throws(() => server.push(FRAMES), isFailure);
  assert.throws(() => connection.end(), isFailure);
  assert.deepEqual(seen, ["one"]);
});

test("a connection whose sink throws at its end throws the same error when it is ended again", () => {
  for (const method of ["end", "closed"] as const) {
    const { connection, seen } = failingConnection(method);
    const stream = new ByteStream({ sender: null, nextConnection: () => connection });
    stream.push(FRAMES);
    stream.end();
    assert.throws(() => connection.end(), isFailure);
    const before = [...seen];
    assert.throws(() => connection.end(), isFailure);
    assert.deepEqual(seen, before);
  }
});
