/**
 * Bytes go missing anywhere in a conversation: what is shown as complete was sent so, frame for frame and message for message, and
 * no finding blames the sender. Nothing is put together of parts that do not belong together.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, createDeflateRaw } from "node:zlib";
import fc from "fast-check";
import { encodeFrame } from "../../src/index.js";
import { StreamInspection } from "../../src/inspect/stream-inspection.js";
import { ndjson } from "../../src/view/ndjson.js";
import type { AnyRecord } from "../support/any-record.js";
import { BufferedViewContext } from "../support/buffered-view-context.js";
import { listFindings } from "../support/records.js";

/**
 * Where the boundary behind a gap has to be guessed, tiny frames of random bytes can be read in two ways: with these, none is.
 */
const RUNS = { numRuns: 500, seed: 6455 };

/** A message to send: how many fragments it has, and whether pings stand between them. */
interface Plan {
  readonly text: string;
  readonly fragments: number;
  readonly binary: boolean;
  readonly pings: boolean;
}

interface Sent {
  readonly bytes: Buffer;
  /** The payloads of the messages, and those of the frames as they are on the wire. */
  readonly messages: ReadonlySet<string>;
  readonly frames: ReadonlySet<string>;
}

const plans = fc.array(
  fc.record({
    text: fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz äß€"), minLength: 16, maxLength: 300 }),
    fragments: fc.integer({ min: 1, max: 4 }),
    binary: fc.boolean(),
    pings: fc.boolean(),
  }),
  { minLength: 2, maxLength: 12 },
);

/** Splits a payload into so many parts. */
function parts(payload: Buffer, count: number): Buffer[] {
  const size = Math.ceil(payload.length / count);
  return Array.from({ length: count }, (_, i) => payload.subarray(i * size, (i + 1) * size));
}

/** What a server sends, each payload with its number, so that no two are the same. */
async function sent(messages: readonly Plan[], compressed: boolean): Promise<Sent> {
  const deflate = createDeflateRaw();
  const deflated = (data: Buffer): Promise<Buffer> =>
    new Promise((resolve) => {
      deflate.once("data", (chunk: Buffer) => resolve(chunk.subarray(0, -4)));
      deflate.write(data);
      deflate.flush(constants.Z_SYNC_FLUSH);
    });
  const frames: Uint8Array[] = [];
  const wire = new Set<string>();
  const whole = new Set<string>();
  for (const [index, { text, fragments, binary, pings }] of messages.entries()) {
    const payload = Buffer.from(`${index}: ${text}${index}`);
    whole.add(payload.toString("hex"));
    for (const [at, part] of parts(compressed ? await deflated(payload) : payload, fragments).entries()) {
      const opcode = at > 0 ? 0 : binary ? 2 : 1;
      frames.push(encodeFrame({ opcode, fin: at === fragments - 1, rsv1: compressed && at === 0, payload: part }));
      wire.add(part.toString("hex"));
      if (!pings) continue;
      const ping = Buffer.from(`ping ${index}.${at}`);
      frames.push(encodeFrame({ opcode: 9, payload: ping }));
      wire.add(ping.toString("hex"));
    }
  }
  deflate.close();
  return { bytes: Buffer.concat(frames), messages: whole, frames: wire };
}

/** The bytes around what is missing; a number stands for so many missing bytes. */
function withGaps(bytes: Buffer, gaps: readonly (readonly [number, number])[]): (Buffer | number)[] {
  const pieces: (Buffer | number)[] = [];
  let at = 0;
  for (const [where, length] of gaps.map(([a, b]) => [a % bytes.length, b] as const).sort(([a], [b]) => a - b)) {
    if (where < at) continue;
    const missing = Math.min(length, bytes.length - where);
    pieces.push(bytes.subarray(at, where), missing);
    at = where + missing;
  }
  return [...pieces, bytes.subarray(at)];
}

function recordsOf(pieces: readonly (Buffer | number)[], messages: boolean, compressed: boolean): AnyRecord[] {
  const paper = new BufferedViewContext();
  const extensions = compressed ? [{ name: "permessage-deflate", params: [] }] : [];
  const inspection = new StreamInspection(ndjson.open(paper), {
    sender: "server",
    keep: 2 ** 20,
    extensions,
    messages,
  });
  for (const piece of pieces) {
    if (typeof piece === "number") inspection.addGap(piece);
    else inspection.push(Uint8Array.from(piece));
  }
  inspection.end();
  return paper.records;
}

const payloadOf = ({ payload, payloadEncoding }: AnyRecord): string =>
  Buffer.from(payload, payloadEncoding === "utf8" ? "utf8" : "base64").toString("hex");

const gaps = fc.array(
  fc.tuple(fc.nat(4000), fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 400 }))),
  {
    minLength: 1,
    maxLength: 3,
  },
);

for (const compressed of [false, true]) {
  for (const messages of [false, true]) {
    test(`${compressed ? "compressed messages" : "messages"} with gaps, shown as ${messages ? "messages" : "frames"}`, async () => {
      await fc.assert(
        fc.asyncProperty(plans, gaps, async (plan, missing) => {
          const { bytes, messages: whole, frames } = await sent(plan, compressed);
          const records = recordsOf(withGaps(bytes, missing), messages, compressed);
          for (const record of records) {
            if (record.type === "frame" && record.complete)
              assert.ok(frames.has(payloadOf(record)), JSON.stringify(record));
            if (record.type === "message" && record.complete)
              assert.ok(whole.has(payloadOf(record)), JSON.stringify(record));
          }
          const rules = listFindings(records).map((found) => found.split(" ", 1)[0] as string);
          for (const rule of rules)
            assert.match(rule, /^(?:stream-gap|inflate-limit|truncated-frame|unfinished-message)$/, rule);
          assert.ok(records.length === 0 || rules.includes("stream-gap"));
        }),
        RUNS,
      );
    });
  }
}
