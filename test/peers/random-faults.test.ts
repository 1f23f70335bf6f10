/** Of random frames, most of them faulty, the peers and wsframe think the same. */
import assert from "node:assert/strict";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { encodeFrame, type FrameDescription, type Sender } from "../../src/index.js";
import { anyFrame, likelyFrame } from "../support/arbitrary-frames.js";
import { collectVerdicts, findRulesForMessage, PEERS } from "../support/peer-faults.js";
import { PYTHON_WEBSOCKETS, testWithPeer } from "../support/peers.js";
import { fuzzCount } from "../support/runs.js";

const CONVERSATIONS = fuzzCount(400, 1500);

/** Frames that break no rule alone, though they may in their order. */
const lawful = likelyFrame
  .filter(({ opcode }) => opcode !== 8)
  .map((frame) => ({ ...frame, fin: frame.fin || frame.opcode > 8 }));
const compressed = lawful.map((frame) => {
  if (frame.opcode !== 1 && frame.opcode !== 2) return frame;
  const payload = deflateRawSync(frame.payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  return { ...frame, rsv1: true, payload };
});
const frames: fc.Arbitrary<FrameDescription[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: lawful },
    { weight: 12, arbitrary: compressed },
    { weight: 1, arbitrary: likelyFrame },
    { weight: 1, arbitrary: anyFrame },
  ),
  { minLength: 1, maxLength: 9 },
);

const conversation = fc
  .record({
    sender: fc.constantFrom<Sender>("client", "server"),
    frames,
    /** Now and then a frame that is masked and should not be, or the other way round. */
    wrongMask: fc.nat(100),
    extensions: fc.constantFrom(
      undefined,
      "permessage-deflate",
      "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
      "permessage-deflate; client_max_window_bits=9; server_max_window_bits=9",
    ),
  })
  .map(({ sender, frames, wrongMask, extensions }) => {
    // What follows a Close frame the peers drop.
    const closeAt = frames.findIndex(({ opcode }) => opcode === 8);
    const encoded = frames.slice(0, closeAt < 0 ? frames.length : closeAt + 1).map((frame, i) => {
      const masked = (sender === "client") !== (i === wrongMask);
      return encodeFrame({ ...frame, maskingKey: masked ? (frame.maskingKey ?? 0x5eed0000 + i) : null });
    });
    return { sender, bytes: Uint8Array.from(Buffer.concat(encoded)), extensions };
  });

/** Where words mean another rule than usual: what wsframe finds instead, or `null` where RFC 6455 sees no fault. */
const OTHERWISE: readonly { readonly says: RegExp; readonly finds: string | null }[] = [
  // A control frame whose 7-bit length is 126 or 127, though it is short enough.
  { says: /invalid payload length 12[67]/, finds: "non-minimal-length" },
  // python-websockets inflates before it asks whether the frame may stand there.
  { says: /decompression failed/, finds: "interleaved-message" },
  // A Close frame between the fragments of a message, which §5.4 allows.
  { says: /incomplete fragmented message/, finds: null },
];

/** What a peer may be silent about. */
const OURS_ALONE: Readonly<Record<(typeof PEERS)[number], readonly string[]>> = {
  // `ws` looks at a text when all of it is there; zlib waits for the rest of a message that ends inside a block.
  ws: ["non-minimal-length", "inflate-failed", "invalid-utf8"],
  websockets: ["non-minimal-length", "inflate-failed", "invalid-utf8"],
  websocketsSocket: ["non-minimal-length", "inflate-failed"],
};

testWithPeer(PYTHON_WEBSOCKETS, "what peers report of random frames", async () => {
  const given = fc.sample(conversation, { numRuns: CONVERSATIONS, seed: 6455 });
  const verdicts = await collectVerdicts(given);
  const counts = { silent: 0, reported: 0 };
  for (const [i, { reports, errors }] of verdicts.entries()) {
    const { sender, extensions, bytes } = given[i] as (typeof given)[number];
    const about = `${sender}, ${extensions}: ${Buffer.from(bytes).toString("hex")}\nwsframe: ${errors}`;
    for (const peer of PEERS) {
      const says = reports[peer];
      if (says === null) {
        counts.silent++;
        assert.deepEqual(
          errors.filter((rule) => !OURS_ALONE[peer].includes(rule)),
          [],
          `${about}; ${peer} is silent`,
        );
        continue;
      }
      counts.reported++;
      const meant = findRulesForMessage(says);
      assert.ok(
        errors.some((rule) => meant.includes(rule)) ||
          OTHERWISE.some((other) => other.says.test(says) && (other.finds === null || errors.includes(other.finds))),
        `${about}; ${peer} says ${says}`,
      );
    }
  }
  for (const count of Object.values(counts)) assert.ok(count > CONVERSATIONS / 3, JSON.stringify(counts));
});
