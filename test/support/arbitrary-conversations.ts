import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { computeAccept, encodeFrame, type Sender } from "../../src/index.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** A data message before it was sent. */
interface IntendedMessage {
  readonly sender: Sender;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A legal conversation: the bytes of both sides in one stream, and the messages in the order in which they end. */
interface LegalConversation {
  readonly bytes: Uint8Array;
  /** The same bytes by sender, with each head separate from the frames. */
  readonly sides: Readonly<Record<Sender, { readonly head: Uint8Array; readonly frames: Uint8Array }>>;
  readonly messages: readonly IntendedMessage[];
}

const payload = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => ({ opcode: 1, payload: Buffer.from(text) })),
  // Repeated texts, which compression copies from earlier messages.
  fc.constantFrom("hello ".repeat(40), "世界🙂".repeat(9)).map((text) => ({ opcode: 1, payload: Buffer.from(text) })),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ opcode: 2, payload: Buffer.from(bytes) })),
);

/** How to send a message; it is compressed only if that was agreed. */
interface MessagePlan {
  readonly what: { readonly opcode: number; readonly payload: Buffer };
  readonly compressed: boolean;
  /** The offsets at which the message is split into fragments. */
  readonly cuts: readonly number[];
  /** The control frames before its fragments. */
  readonly control: readonly { readonly opcode: number; readonly payload: Uint8Array }[];
}

const plan: fc.Arbitrary<MessagePlan> = fc.record({
  what: payload,
  compressed: fc.boolean(),
  cuts: fc.array(fc.nat(1000), { maxLength: 3 }),
  control: fc.array(fc.record({ opcode: fc.constantFrom(9, 10), payload: fc.uint8Array({ maxLength: 20 }) }), {
    maxLength: 3,
  }),
});

const agreements = [
  null,
  "permessage-deflate",
  "permessage-deflate; client_no_context_takeover; server_max_window_bits=9",
  "permessage-deflate; server_no_context_takeover; client_max_window_bits=10",
];

/** The two heads of an opening handshake that agrees on permessage-deflate, or on no extension. */
export function buildHandshakeHeads(extensions: string | null): string {
  const header = extensions === null ? "" : `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  const offer = header.replace(
    "\r\n",
    header.includes("client_max_window_bits") ? "\r\n" : "; client_max_window_bits\r\n",
  );
  return [
    "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n${offer}\r\n`,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    `Sec-WebSocket-Accept: ${computeAccept(KEY)}\r\n${header}\r\n`,
  ].join("");
}

/** Compresses one sender's messages in order, with the agreed parameters (RFC 7692 §7.2.1). */
function createCompressor(agreed: string, sender: Sender): (payload: Buffer) => Buffer {
  const windowBits = Number(new RegExp(`${sender}_max_window_bits=(\\d+)`).exec(agreed)?.[1] ?? 15);
  const takesOver = !agreed.includes(`${sender}_no_context_takeover`);
  let context = Buffer.alloc(0);
  return (bytes) => {
    // Using earlier messages as a dictionary has the same effect as context takeover.
    const dictionary = takesOver && context.length > 0 ? { dictionary: context } : {};
    const deflated = deflateRawSync(bytes, { windowBits, finishFlush: constants.Z_SYNC_FLUSH, ...dictionary });
    context = Buffer.concat([context, bytes]).subarray(-(2 ** windowBits));
    return deflated.subarray(0, -4);
  };
}

interface ConversationStep {
  readonly frame: Uint8Array;
  readonly completes: IntendedMessage | null;
}

/** All frames of one sender, in order. */
function buildSteps(sender: Sender, plans: readonly MessagePlan[], agreed: string | null): ConversationStep[] {
  const compress = agreed === null ? null : createCompressor(agreed, sender);
  let key = sender === "client" ? 0x5eed0000 : null;
  const frame = (description: Parameters<typeof encodeFrame>[0]): Uint8Array =>
    encodeFrame({ ...description, maskingKey: key === null ? null : key++ });
  return plans.flatMap(({ what, compressed, cuts, control }) => {
    const rsv1 = compressed && compress !== null;
    const whole = rsv1 ? compress(what.payload) : what.payload;
    const starts = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b)];
    return starts.flatMap((start, i): ConversationStep[] => {
      const fin = i === starts.length - 1;
      const between = control[i] === undefined ? [] : [{ frame: frame(control[i]), completes: null }];
      const data = frame({
        opcode: i === 0 ? what.opcode : 0,
        fin,
        rsv1: rsv1 && i === 0,
        payload: whole.subarray(start, starts[i + 1] ?? whole.length),
      });
      return [...between, { frame: data, completes: fin ? { sender, ...what } : null }];
    });
  });
}

/** Legal conversations, with their handshake: fragments, control frames between them, compressed messages, both sides in turn. */
export const legalConversation: fc.Arbitrary<LegalConversation> = fc
  .record({
    agreed: fc.constantFrom(...agreements),
    client: fc.array(plan, { maxLength: 5 }),
    server: fc.array(plan, { maxLength: 5 }),
    turns: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    closes: fc.boolean(),
  })
  .map(({ agreed, client, server, turns, closes }) => {
    const steps = { client: buildSteps("client", client, agreed), server: buildSteps("server", server, agreed) };
    const merged: ConversationStep[] = [];
    for (let i = 0; steps.client.length + steps.server.length > 0; i++) {
      const next =
        steps[turns[i % turns.length] ? "client" : "server"].shift() ?? steps.client.shift() ?? steps.server.shift();
      if (next !== undefined) merged.push(next);
    }
    const close = [0x9c105e00, null].map((maskingKey) =>
      encodeFrame({ opcode: 8, payload: Uint8Array.of(3, 0xe8), maskingKey }),
    );
    const frames = [...merged.map(({ frame }) => frame), ...(closes ? close : [])];
    const heads = buildHandshakeHeads(agreed).split(/(?=HTTP\/1\.1 101)/);
    const side = (index: 0 | 1) => ({
      head: Buffer.from(heads[index] ?? ""),
      frames: Buffer.concat(frames.filter((frame) => ((frame[1] ?? 0) >= 0x80 ? 0 : 1) === index)),
    });
    return {
      sides: { client: side(0), server: side(1) },
      bytes: Uint8Array.from(Buffer.concat([Buffer.from(buildHandshakeHeads(agreed)), ...frames])),
      messages: merged.flatMap(({ completes }) => completes ?? []),
    };
  });
