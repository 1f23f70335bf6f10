/** Whole connections, heads and compressed messages included, are read the same in whatever pieces they come. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AnyRecord } from "../support/any-record.js";
import { buildHandshakeHeads, legalConversation } from "../support/arbitrary-conversations.js";
import { cuts } from "../support/arbitrary-frames.js";
import { splitBytes } from "../support/bytes.js";
import { readRecords } from "../support/records.js";
import { fuzzRuns } from "../support/runs.js";

test("a legal conversation gives its messages and no error, in any pieces, as frames and as messages", () => {
  fc.assert(
    fc.property(legalConversation, cuts, ({ bytes, messages: meant }, sizes) => {
      const records = readRecords([bytes]);
      const wrong = records.flatMap(({ findings }) =>
        findings.filter(({ severity }: AnyRecord) => severity !== "info"),
      );
      assert.deepEqual(wrong, []);
      assert.deepEqual(readRecords(splitBytes(bytes, sizes)), records);
      const messages = readRecords([bytes], { messages: true });
      assert.deepEqual(readRecords(splitBytes(bytes, sizes), { messages: true }), messages);
      assert.deepEqual(
        messages
          .filter(({ type }) => type === "message")
          .map(({ sender, opcode, payload, payloadEncoding }) => [
            sender,
            opcode,
            Buffer.from(payload, payloadEncoding),
          ]),
        meant.map(({ sender, opcode, payload }) => [sender, opcode, payload]),
      );
    }),
    fuzzRuns(100, 0.02),
  );
});

test("a conversation with a byte that is wrong is read the same in any pieces", () => {
  fc.assert(
    fc.property(legalConversation, fc.nat(), fc.nat(255), cuts, ({ bytes }, at, wrong, sizes) => {
      const spoilt = bytes.with(at % bytes.length, wrong);
      const cutShort = spoilt.subarray(0, at % 3 === 0 ? spoilt.length - (at % 50) : spoilt.length);
      for (const messages of [false, true])
        assert.deepEqual(readRecords(splitBytes(cutShort, sizes), { messages }), readRecords([cutShort], { messages }));
    }),
    fuzzRuns(100, 0.02),
  );
});

test("random bytes behind a handshake that agreed on permessage-deflate never throw, and are read the same in any pieces", () => {
  const frame = fc
    .tuple(fc.constantFrom(0xc1, 0xc2, 0x41, 0x42, 0x80, 0x00, 0xc9, 0x88), fc.uint8Array({ maxLength: 60 }))
    .map(([first, payload]) => [first, payload.length, ...payload]);
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => [...bytes]),
    fc.array(frame, { maxLength: 6 }).map((frames) => frames.flat()),
  );
  const agreed = fc.constantFrom(
    "permessage-deflate",
    "permessage-deflate; server_max_window_bits=8; server_no_context_takeover",
  );
  fc.assert(
    fc.property(agreed, anything, cuts, fc.boolean(), (extensions, random, sizes, messages) => {
      const bytes = Uint8Array.from([...Buffer.from(buildHandshakeHeads(extensions)), ...random]);
      assert.deepEqual(readRecords(splitBytes(bytes, sizes), { messages }), readRecords([bytes], { messages }));
    }),
    fuzzRuns(250, 0.1),
  );
});
