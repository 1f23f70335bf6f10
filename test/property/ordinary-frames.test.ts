/** A view that only counts is not shown ordinary frames one by one: what it shows must be the same as if it were. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Inspection } from "../../src/cli/inspection.js";
import type { Sender } from "../../src/index.js";
import { encodeFrame } from "../../src/index.js";
import { summary } from "../../src/view/summary.js";
import { PLAIN } from "../../src/view/theme.js";
import { legalConversation } from "../support/arbitrary-conversations.js";
import { anyFrame, cuts, likelyFrame } from "../support/arbitrary-frames.js";
import { pieces } from "../support/bytes.js";
import { runs } from "../support/runs.js";

/** What the summary of bytes is, which come in pieces, and how many frames it was shown one by one. */
function summarized(
  chunks: Iterable<Uint8Array>,
  sender: Sender | null,
  counts: boolean,
): { text: string; counts: unknown; shown: number } {
  let text = "";
  let shown = 0;
  const write = (piece: string | Uint8Array): void => {
    text += piece;
  };
  const view = summary.open({ theme: PLAIN, columns: 80, say() {}, write });
  const inspection = new Inspection(
    {
      connection: (event) => view.connection(event),
      handshake: (event, findings) => view.handshake(event, findings),
      frame(event, findings) {
        shown++;
        view.frame(event, findings);
      },
      ...(counts ? { ordinary: (frame) => view.ordinary?.(frame) } : {}),
      message: (event, findings) => view.message(event, findings),
      end: (event, findings) => view.end(event, findings),
      closed: (event) => view.closed(event),
      close: () => view.close(),
    },
    { keep: 0, sender },
  );
  for (const chunk of chunks) inspection.push(chunk);
  inspection.end();
  view.close();
  return { text, counts: inspection.showing.counts, shown };
}

function same(bytes: Uint8Array, sizes: readonly number[], sender: Sender | null): void {
  const one = summarized([bytes], sender, false);
  for (const cut of [sizes, [bytes.length]]) {
    const counted = summarized(pieces(bytes, cut), sender, true);
    assert.equal(counted.text, one.text);
    assert.deepEqual(counted.counts, one.counts);
    assert.ok(counted.shown <= one.shown);
  }
}

const side = fc.constantFrom<Sender | null>("client", "server", null);
const key = fc.constantFrom(0, 1, 1, 0x80808080, 0xdeadbeef, null);
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }).map((string) => Buffer.from(string)),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(...[0, 125, 126, 127, 300].map((length) => Buffer.alloc(length, "a"))),
);
const ordinary = fc.record({
  opcode: fc.constantFrom(1, 1, 1, 2, 9),
  fin: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
  maskingKey: fc.oneof(key, fc.integer({ min: 1, max: 0xffffffff })),
  payload: text,
});

test("frames that are counted and frames that are shown come to the same summary", () => {
  const frame = fc.oneof({ weight: 6, arbitrary: ordinary }, likelyFrame, anyFrame);
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), cuts, side, (frames, sizes, sender) => {
      same(Buffer.concat(frames.map(encodeFrame)), sizes, sender);
    }),
    runs(1000, 0.05),
  );
  fc.assert(
    fc.property(legalConversation, cuts, side, ({ bytes }, sizes, sender) => same(bytes, sizes, sender)),
    runs(200, 0.01),
  );
});

test("ordinary frames are not shown one by one", () => {
  const frames = Array.from({ length: 50 }, (_, i) =>
    encodeFrame({ opcode: 1 + (i % 2), maskingKey: i + 1, payload: Buffer.from("世界".repeat(i)) }),
  );
  assert.equal(summarized([Buffer.concat(frames)], "client", true).shown, 0);
});
