import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameBoundaryTracker } from "../../src/live/frame-boundary.js";
import { encodeFrame } from "../../src/protocol/frame/encoder.js";
import { anyFrame, cuts } from "../support/arbitrary-frames.js";
import { splitBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

const HEAD = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");

test("a frame may be inserted only after the head and after each frame before a Close, however the bytes are cut", () => {
  const frames = fc.array(anyFrame, { maxLength: 8 });
  const sizes = fc.oneof(cuts, fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }));
  fc.assert(
    fc.property(frames, sizes, (descriptions, sizesOf) => {
      const parts = [HEAD, ...descriptions.map(encodeFrame)];
      const edges = new Set([HEAD.length]);
      let end = HEAD.length;
      for (const [i, { opcode }] of descriptions.entries()) {
        end += parts[i + 1]?.length ?? 0;
        if (opcode === 8) break;
        edges.add(end);
      }
      const edge = new FrameBoundaryTracker();
      let at = 0;
      for (const piece of splitBytes(Buffer.concat(parts), sizesOf)) {
        edge.push(piece);
        at += piece.length;
        assert.equal(edge.canInsertFrame, edges.has(at), `behind ${at} bytes`);
        assert.equal(edge.head?.status ?? null, at < HEAD.length ? null : 101);
      }
    }),
    fuzzRuns(125),
  );
});

test("no frame may be inserted before the first byte, or into a head that never ends", () => {
  const edge = new FrameBoundaryTracker();
  assert.equal(edge.canInsertFrame, false);
  edge.push(Buffer.alloc(300_000, "x"));
  edge.push(HEAD);
  assert.deepEqual([edge.canInsertFrame, edge.head], [false, null]);
});

test("no frame may be inserted inside a frame whose end is out of reach", () => {
  const edge = new FrameBoundaryTracker();
  edge.push(HEAD);
  edge.push(encodeFrame({ opcode: 2, payloadLength: 2n ** 62n }));
  assert.equal(edge.canInsertFrame, false);
  for (let i = 0; i < 10; i++) edge.push(Buffer.alloc(65_536));
  assert.equal(edge.canInsertFrame, false);
});
