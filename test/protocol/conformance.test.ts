import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { encodeFrame } from "../../src/index.js";
import type { AnyRecord } from "../support/any-record.js";
import { splitBytes } from "../support/bytes.js";
import { CONFORMANCE_CASES } from "../support/conformance.js";
import { listFindings, readRecords } from "../support/records.js";

/** How many cases each group of the published suite has; of 12 and 13 one stands for each data kind and parameter set. */
const COUNTS: Readonly<Record<string, number>> = {
  ...{ "1.1": 8, "1.2": 8, "2": 11, "3": 7, "4.1": 5, "4.2": 5, "5": 20, "6.1": 3, "6.2": 4, "6.3": 2, "6.4": 4 },
  ...{ "6.5": 5, "6.6": 11, "6.7": 4, "6.8": 2, "6.9": 4, "6.10": 3, "6.11": 5, "6.12": 8, "6.13": 5, "6.14": 10 },
  ...{ "6.15": 1, "6.16": 3, "6.17": 5, "6.18": 5, "6.19": 5, "6.20": 7, "6.21": 8, "6.22": 34, "6.23": 7 },
  ...{ "7.1": 6, "7.3": 6, "7.5": 1, "7.7": 13, "7.9": 9, "7.13": 2, "12": 5, "13": 7 },
};

/** The whole data messages of some records, in order: those of one frame have no record but the frame's. */
function messagesOf(records: readonly AnyRecord[]): AnyRecord[] {
  const told = records.filter(({ type }) => type === "message");
  const framesTold = new Set(told.flatMap(({ frames }) => frames));
  return records.filter(
    ({ type, index, opcode, fin }) =>
      type === "message" || (type === "frame" && fin && (opcode === 1 || opcode === 2) && !framesTold.has(index)),
  );
}

function payloadOf({ payload, payloadEncoding }: AnyRecord): Buffer {
  return Buffer.from(payload, payloadEncoding);
}

/** A message as a fixture writes it: short text as JSON, else its length and the beginning of its SHA-256. */
function told(record: AnyRecord): string {
  const payload = payloadOf(record);
  const short = record.opcode === 1 && record.payloadEncoding === "utf8" && payload.length <= 80;
  if (short) return `text ${JSON.stringify(record.payload)}`;
  const digest = createHash("sha256").update(payload).digest("hex").slice(0, 16);
  return `${record.opcodeName} ${payload.length} sha256 ${digest}`;
}

test("every published case is there, once", () => {
  const ids = Object.entries(COUNTS).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, i) => `${group}.${i + 1}`),
  );
  assert.deepEqual(CONFORMANCE_CASES.map(({ id }) => id).sort(), ids.sort());
});

for (const { title, sender, extensions, pieces: sizes, messages, expectedFindings, bytes } of CONFORMANCE_CASES) {
  test(title, () => {
    const options = { sender, ...(extensions === undefined ? {} : { extensions }) };
    const records = readRecords(sizes.length === 0 ? [bytes] : splitBytes(bytes, sizes), options);
    assert.deepEqual(listFindings(records).sort(), [...expectedFindings].sort());
    assert.deepEqual(messagesOf(records).map(told), messages);
    if (bytes.length <= 4096) assert.deepEqual(readRecords(splitBytes(bytes, [1]), options), records, "byte by byte");
  });
}

/** Where a text stops being UTF-8: the span of the first byte that cannot be, or of the sequence that it ends inside. */
function strictFault(text: Uint8Array): { start: number; end: number } | null {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** How much of the text is whole characters. */
  let whole = 0;
  let decoded = 0;
  for (let at = 0; at < text.length; at++) {
    try {
      decoded += Buffer.byteLength(decoder.decode(text.subarray(at, at + 1), { stream: true }));
    } catch {
      return { start: at, end: at + 1 };
    }
    if (decoded === at + 1) whole = at + 1;
  }
  return whole === text.length ? null : { start: whole, end: text.length };
}

/** A text message in fragments that end where they are cut, and where in the byte stream each byte of it stands. */
function fragmented(text: Uint8Array, cuts: readonly number[]): { stream: Uint8Array; offsets: number[] } {
  const frames: Uint8Array[] = [];
  const offsets: number[] = [];
  let length = 0;
  for (const [i, start] of [0, ...cuts].entries()) {
    const payload = text.subarray(start, cuts[i] ?? text.length);
    const frame = encodeFrame({
      opcode: i === 0 ? 1 : 0,
      fin: i === cuts.length,
      payload,
      maskingKey: 0x5eed0001 + i,
    });
    for (let at = 0; at < payload.length; at++) offsets.push(length + frame.length - payload.length + at);
    length += frame.length;
    frames.push(frame);
  }
  return { stream: Buffer.concat(frames), offsets };
}

for (const { title, bytes } of CONFORMANCE_CASES.filter(({ id }) => id.startsWith("6."))) {
  test(`cut at every position: ${title}`, () => {
    const [message] = messagesOf(readRecords([bytes], { sender: "client" }));
    const text = payloadOf(message);
    const fault = strictFault(text);
    const each = Array.from({ length: text.length + 1 }, (_, at) => [at]);
    for (const cuts of [...each, each.flat().slice(1, -1)]) {
      const { stream, offsets } = fragmented(text, cuts);
      const records = readRecords(splitBytes(stream, [1]), { sender: "client" });
      // Of a sequence that is cut by a fragment's end, the bytes in the last fragment that has any of it are told.
      const last = fault && Math.max(fault.start, ...cuts.filter((cut) => cut < fault.end));
      const expected = fault && [`invalid-utf8 ${offsets[last as number]} ${fault.end - (last as number)}`];
      assert.deepEqual(listFindings(records), expected ?? [], `cut at ${cuts}`);
      assert.deepEqual(messagesOf(records).map(payloadOf), [text]);
    }
  });
}
