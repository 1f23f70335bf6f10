/**
 * Long legal conversations of real peers, recorded between them with their handshakes: wsframe gives each message as it was
 * meant, and finds nothing.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { constants } from "node:zlib";
import type WebSocket from "ws";
import type { PerMessageDeflateOptions } from "ws";
import type { Extension, Sender } from "../../src/index.js";
import { splitBytes } from "../support/bytes.js";
import { type Conversation, readConversation, type SentMessage } from "../support/conversation.js";
import { PYTHON, PYTHON_WEBSOCKETS, testWithPeer } from "../support/peers.js";
import type { ByteRecording } from "../support/recording.js";
import { fuzzCount } from "../support/runs.js";
import { SeededRandom } from "../support/seeded-random.js";
import { recordWsConversation } from "../support/ws-conversation.js";

type Sent = Readonly<Record<Sender, readonly SentMessage[]>>;

/** So many messages each side of each kind of peer sends in all. */
const MESSAGES = fuzzCount(2000, 10_000);

function written({ name, params }: Extension): string {
  return [name, ...params.map((param) => (param.value === null ? param.name : `${param.name}=${param.value}`))].join(
    "; ",
  );
}

/** The same bytes in the same order, cut into other pieces than they came in. */
function* cutAgain(recording: ByteRecording, dice: SeededRandom): Generator<ByteRecording[number]> {
  for (const { sender, bytes } of recording) {
    const most = dice.pick([3, 40, 1500, 70_000]);
    const sizes = Array.from({ length: 50 }, () => 1 + dice.integerBelow(most));
    for (const piece of splitBytes(bytes, sizes)) yield { sender, bytes: piece };
  }
}

function assertReadAsMeant(
  recording: ByteRecording,
  sent: Sent,
  agreed: string | null,
  dice: SeededRandom,
): Conversation {
  const conversation = readConversation(cutAgain(recording, dice));
  const { findings, handshakes, messages, closed, counts } = conversation;
  assert.deepEqual(findings, []);
  assert.deepEqual(
    handshakes.map(({ extensions }) => extensions.map(written)),
    [agreed === null ? [] : [agreed]],
  );
  for (const sender of ["client", "server"] as const) {
    assert.equal(messages[sender].length, sent[sender].length);
    for (const [i, { opcode, payload }] of sent[sender].entries()) {
      const got = messages[sender][i] as SentMessage;
      assert.ok(got.opcode === opcode && Buffer.from(payload).equals(got.payload), `${sender}'s message ${i}`);
    }
  }
  assert.deepEqual(
    closed.closes.map(({ sender, code, reason }) => [sender, code, String(Buffer.from(reason))]),
    [
      ["client", 1000, "bye"],
      ["server", 1000, "bye"],
    ],
  );
  const { client, server } = sent;
  const all = client.length + server.length;
  assert.ok(counts.control > all / 10 && counts.continuations > all / 2, "control frames and fragments were there");
  assert.ok(agreed === null ? counts.compressed === 0 : counts.compressed > all / 2, "messages were compressed");
  return conversation;
}

/** Sends random messages: whole and in fragments, with pings before and between, most of them compressed. */
async function speak(socket: WebSocket, dice: SeededRandom, count: number): Promise<SentMessage[]> {
  const sent: SentMessage[] = [];
  let unanswered = 0;
  let received = 0;
  socket.on("pong", () => unanswered--);
  socket.on("message", () => received++);
  const until = async (done: () => boolean): Promise<void> => {
    for (; !done(); await setTimeout(1)) assert.equal(socket.readyState, socket.OPEN);
  };
  const maybePing = async (share: number): Promise<void> => {
    if (!dice.chance(share)) return;
    // With 60 pings that wait for their pongs, ws closes the connection.
    await until(() => unanswered < 30);
    unanswered++;
    socket.ping(dice.bytes(dice.integerBelow(20)));
  };
  while (sent.length < count) {
    const size = dice.integerBelow(1000) < 3 ? 70_000 : dice.payloadSize();
    const binary = dice.chance(50);
    const payload = binary ? dice.bytes(size) : dice.text(size);
    const compress = dice.chance(85);
    const parts = dice.split(payload);
    for (const [i, part] of parts.entries()) {
      const fin = i === parts.length - 1;
      await new Promise((resolve) => socket.send(part, { binary, compress, fin }, resolve));
      await maybePing(fin ? 5 : 30);
    }
    sent.push({ opcode: binary ? 2 : 1, payload });
  }
  await until(() => unanswered === 0 && received === count);
  return sent;
}

const WINDOWS = [8, 9, 10, 11, 12, 13, 14].map((bits): [string, PerMessageDeflateOptions] => [
  `permessage-deflate; client_max_window_bits=${bits}; server_max_window_bits=${bits}`,
  { clientMaxWindowBits: bits, serverMaxWindowBits: bits },
]);

/** What is agreed, and the server's options that make it so. */
const WS_SETS: readonly [agreed: string | null, options: PerMessageDeflateOptions | false][] = [
  [null, false],
  ["permessage-deflate", {}],
  ["permessage-deflate; server_no_context_takeover", { serverNoContextTakeover: true }],
  ["permessage-deflate; client_no_context_takeover", { clientNoContextTakeover: true }],
  [
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    { serverNoContextTakeover: true, clientNoContextTakeover: true },
  ],
  ...WINDOWS,
  [
    "permessage-deflate; client_max_window_bits=9; server_no_context_takeover; server_max_window_bits=12",
    {
      serverNoContextTakeover: true,
      clientMaxWindowBits: 9,
      serverMaxWindowBits: 12,
      zlibDeflateOptions: { strategy: constants.Z_FIXED },
    },
  ],
];

for (const [i, [agreed, options]] of WS_SETS.entries()) {
  test(`ws: ${agreed ?? "no extension"}`, async () => {
    const count = Math.ceil(MESSAGES / WS_SETS.length);
    const sent: Record<Sender, SentMessage[]> = { client: [], server: [] };
    const recording = await recordWsConversation(
      async (client, server) => {
        [sent.client, sent.server] = await Promise.all([
          speak(client, new SeededRandom(2 * i), count),
          speak(server, new SeededRandom(2 * i + 1), count),
        ]);
      },
      options && { ...options, threshold: 0 },
    );
    assertReadAsMeant(recording, sent, agreed, new SeededRandom(i));
  });
}

/** What is agreed, and the parameters of permessage-deflate that the server and the client are given. */
const PYTHON_SETS: readonly [agreed: string | null, server: object | null, client: object | null][] = [
  [null, null, null],
  ["permessage-deflate", {}, {}],
  ["permessage-deflate; server_no_context_takeover", { server_no_context_takeover: true }, {}],
  ["permessage-deflate; client_no_context_takeover", {}, { client_no_context_takeover: true }],
  [
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    { client_no_context_takeover: true },
    { server_no_context_takeover: true },
  ],
  ...[9, 10, 11, 12, 13, 14, 15].map((bits): [string, object, object] => [
    `permessage-deflate; server_max_window_bits=${bits}; client_max_window_bits=${bits}`,
    { client_max_window_bits: bits },
    { server_max_window_bits: bits },
  ]),
  // Other blocks than zlib usually writes: stored ones, and such with the fixed code.
  [
    "permessage-deflate; client_no_context_takeover; server_max_window_bits=12",
    { server_max_window_bits: 12, compress_settings: { level: 0 } },
    { client_no_context_takeover: true, client_max_window_bits: null, compress_settings: { strategy: 4 } },
  ],
];

for (const [i, [agreed, server, client]] of PYTHON_SETS.entries()) {
  testWithPeer(PYTHON_WEBSOCKETS, `python-websockets: ${agreed ?? "no extension"}`, () => {
    const messages = Math.ceil(MESSAGES / PYTHON_SETS.length);
    const { stdout, stderr, status } = spawnSync(PYTHON, ["test/peers/websockets_conversations.py"], {
      input: JSON.stringify({ seed: 2 * i, messages, server, client }),
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      timeout: 30_000,
    });
    assert.equal(status, 0, stderr);
    const { sent, said } = JSON.parse(stdout);
    const sentBy = (sender: Sender): SentMessage[] =>
      sent[sender].map(([opcode, hex]: [number, string]) => ({ opcode, payload: Buffer.from(hex, "hex") }));
    const recording = said.map(([sender, hex]: [Sender, string]) => ({ sender, bytes: Buffer.from(hex, "hex") }));
    assertReadAsMeant(recording, { client: sentBy("client"), server: sentBy("server") }, agreed, new SeededRandom(i));
  });
}
