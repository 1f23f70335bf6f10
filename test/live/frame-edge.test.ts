import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameEdge } from "../../src/live/frame-edge.js";
import { encodeFrame } from "../../src/protocol/frame-encoder.js";
import { anyFrame, cuts } from "../support/arbitrary-frames.js";
import { pieces } from "../support/bytes.js";
import { runs } from "../support/runs.js";

const HEAD = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");

test("it is between frames behind the head and behind each frame, and nowhere else, however the bytes are cut", () => {
  const frames = fc.array(anyFrame, { maxLength: 8 });
  const sizes = fc.oneof(cuts, fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }));
  fc.assert(
    fc.property(frames, sizes, (descriptions, sizesOf) => {
      const parts = [HEAD, ...descriptions.map(encodeFrame)];
      const edges = new Set<number>();
      let end = 0;
      for (const part of parts) {
        end += part.length;
        edges.add(end);
      }
      const edge = new FrameEdge();
      let at = 0;
      for (const piece of pieces(Buffer.concat(parts), sizesOf)) {
        edge.push(piece);
        at += piece.length;
        assert.equal(edge.between, edges.has(at), `behind ${at} bytes`);
        assert.equal(edge.head?.status ?? null, at < HEAD.length ? null : 101);
      }
    }),
    runs(500),
  );
});

test("it is between no frames before there was a byte, and after a head that never ends", () => {
  const edge = new FrameEdge();
  assert.equal(edge.between, false);
  edge.push(Buffer.alloc(70_000, "x"));
  edge.push(HEAD);
  assert.deepEqual([edge.between, edge.head], [false, null]);
});

test("inside a frame whose length no connection will ever reach it stays", () => {
  const edge = new FrameEdge();
  edge.push(HEAD);
  edge.push(encodeFrame({ opcode: 2, payloadLength: 2n ** 62n }));
  assert.equal(edge.between, false);
  for (let i = 0; i < 10; i++) edge.push(Buffer.alloc(65_536));
  assert.equal(edge.between, false);
});
