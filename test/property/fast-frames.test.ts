/** Views that get fast frames must show the same as with events. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Sender } from "../../src/index.js";
import { encodeFrame } from "../../src/index.js";
import { StreamInspection } from "../../src/inspect/stream-inspection.js";
import { list } from "../../src/view/list.js";
import { ndjson } from "../../src/view/ndjson.js";
import { summary } from "../../src/view/summary.js";
import type { ViewModule } from "../../src/view/view.js";
import { legalConversation } from "../support/arbitrary-conversations.js";
import { anyFrame, cuts, likelyFrame } from "../support/arbitrary-frames.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";
import { splitBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

/** What a view shows of bytes that come in pieces, and how many frames it got as events. */
function shownBy(
  module: ViewModule,
  chunks: Iterable<Uint8Array>,
  sender: Sender | null,
  quick: boolean,
  columns: number,
  keep: number,
): { text: string; counts: unknown; shown: number } {
  const paper = new BufferedViewContext(columns);
  let shown = 0;
  const view = module.open(paper);
  const inspection = new StreamInspection(
    {
      connection: (event) => view.connection(event),
      handshake: (event, findings) => view.handshake(event, findings),
      frame(event, findings) {
        shown++;
        view.frame(event, findings);
      },
      ...(quick ? { fastFrame: (frame) => view.fastFrame?.(frame) } : {}),
      message: (event, findings) => view.message(event, findings),
      end: (event, findings) => view.end(event, findings),
      closed: (event) => view.closed(event),
      close: () => view.close(),
    },
    { keep: Math.min(keep, module.maxPayloadShown), sender },
  );
  for (const chunk of chunks) inspection.push(chunk);
  inspection.end();
  view.close();
  return { text: paper.text, counts: inspection.presenter.counts, shown };
}

function same(bytes: Uint8Array, sizes: readonly number[], sender: Sender | null, columns = 80, keep = 2 ** 20): void {
  for (const module of [summary, list, ndjson]) {
    const events = shownBy(module, [bytes], sender, false, columns, keep);
    for (const cut of [sizes, [bytes.length]]) {
      const quick = shownBy(module, splitBytes(bytes, cut), sender, true, columns, keep);
      assert.equal(quick.text, events.text);
      assert.deepEqual(quick.counts, events.counts);
      assert.ok(quick.shown <= events.shown);
    }
  }
}

const side = fc.constantFrom<Sender | null>("client", "server", null);
const key = fc.constantFrom(0, 1, 1, 0x80808080, 0xdeadbeef, null);
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }).map((string) => Buffer.from(string)),
  fc.string({ unit: "binary-ascii", maxLength: 60 }).map((string) => Buffer.from(string)),
  fc.uint8Array({ maxLength: 20 }),
  fc.constantFrom(...[0, 1, 125, 126, 127, 300, 1024, 1025, 2000].map((length) => Buffer.alloc(length, "a\\"))),
);
const fastFrame = fc.record({
  opcode: fc.constantFrom(1, 1, 1, 2, 9),
  fin: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
  maskingKey: fc.oneof(key, fc.integer({ min: 1, max: 0xffffffff })),
  payload: text,
});

test("fast frames and events are shown the same", () => {
  const frame = fc.oneof({ weight: 6, arbitrary: fastFrame }, likelyFrame, anyFrame);
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 12 }),
      cuts,
      side,
      fc.constantFrom(40, 80, 81, 120, 200, 2000),
      fc.constantFrom(0, 5, 126, 2 ** 20),
      (frames, sizes, sender, columns, keep) => {
        same(Buffer.concat(frames.map(encodeFrame)), sizes, sender, columns, keep);
      },
    ),
    fuzzRuns(250, 0.05),
  );
  fc.assert(
    fc.property(legalConversation, cuts, side, ({ bytes }, sizes, sender) => same(bytes, sizes, sender)),
    fuzzRuns(50, 0.01),
  );
});

test("fast frames cause no events", () => {
  const frames = Array.from({ length: 50 }, (_, i) =>
    encodeFrame({ opcode: 1 + (i % 2), maskingKey: i + 1, payload: Buffer.from("世界".repeat(i)) }),
  );
  const bytes = Buffer.concat(frames);
  assert.equal(shownBy(summary, [bytes], "client", true, 80, 0).shown, 0);
  assert.equal(shownBy(ndjson, [bytes], "client", true, 80, 2 ** 20).shown, 0);
});
