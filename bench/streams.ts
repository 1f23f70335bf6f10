import { closeSync, openSync, writeSync } from "node:fs";
import { constants, createDeflateRaw, deflateRawSync } from "node:zlib";
import { encodeFrame, type FrameDescription } from "../src/index.js";
import { buildHandshakeHeads } from "../test/support/arbitrary-conversations.js";
import { SeededRandom } from "../test/support/seeded-random.js";

/** A client's stream that programs are measured on. */
export interface StreamKind {
  readonly name: string;
  readonly what: string;
  /** What stands before the frames that are repeated. */
  readonly head: string | Uint8Array;
  /** Frames, as many as are there; repeated, they are the stream. */
  frames(dice: SeededRandom): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Bytes of frames that are made; longer streams repeat them. */
const ROUND = 4 * 1024 * 1024;
const DEFLATED_MESSAGES = 300_000;

const ascii = (dice: SeededRandom, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => 0x20 + dice.integerBelow(0x5f)));
const masked = (dice: SeededRandom, frame: FrameDescription): Uint8Array =>
  encodeFrame({ ...frame, maskingKey: 1 + dice.integerBelow(0xffff_fffe) });

/** Frames of one kind until a round is full. */
function* repeated(dice: SeededRandom, next: (dice: SeededRandom) => Uint8Array[]): Iterable<Uint8Array> {
  for (let bytes = 0; bytes < ROUND; ) {
    for (const frame of next(dice)) {
      bytes += frame.length;
      yield frame;
    }
  }
}

const plain = (name: string, what: string, frame: (dice: SeededRandom) => Uint8Array): StreamKind => ({
  name,
  what,
  head: "",
  frames: (dice) => repeated(dice, () => [frame(dice)]),
});

/** What a chat server sees: mostly short text, some of it not ASCII, fragments with control frames between, compressed messages. */
function mixed(dice: SeededRandom): Uint8Array[] {
  const roll = dice.integerBelow(100);
  if (roll < 45) return [masked(dice, { opcode: 1, payload: ascii(dice, 16 + dice.integerBelow(400)) })];
  if (roll < 65) return [masked(dice, { opcode: 1, payload: dice.text(16 + dice.integerBelow(400)) })];
  if (roll < 80) return [masked(dice, { opcode: 2, payload: dice.bytes(dice.integerBelow(4000)) })];
  if (roll < 86)
    return [masked(dice, { opcode: 9 + dice.integerBelow(2), payload: dice.bytes(dice.integerBelow(20)) })];
  if (roll < 93) {
    const pieces = [0, 1, 2].map(() => ascii(dice, 20 + dice.integerBelow(300)));
    const parts = pieces.map((payload, i) => masked(dice, { opcode: i === 0 ? 1 : 0, fin: i === 2, payload }));
    return [
      parts[0] as Uint8Array,
      masked(dice, { opcode: 9, payload: Buffer.from("still there?") }),
      ...parts.slice(1),
    ];
  }
  const payload = deflateRawSync(dice.text(200 + dice.integerBelow(600)), { finishFlush: constants.Z_SYNC_FLUSH });
  return [masked(dice, { opcode: 1, rsv1: true, payload: payload.subarray(0, -4) })];
}

/** Messages of 100 bytes, each compressed with what came before it as its context. */
async function* deflated(dice: SeededRandom): AsyncIterable<Uint8Array> {
  const deflate = createDeflateRaw();
  let pieces: Buffer[] = [];
  deflate.on("data", (piece: Buffer) => pieces.push(piece));
  for (let id = 0; id < DEFLATED_MESSAGES; id++) {
    deflate.write(
      Buffer.concat([Buffer.from(`{"id":${id},"text":"`), dice.text(100)])
        .subarray(0, 98)
        .toString("latin1")
        .replace(/[^ -~]/g, "x"),
    );
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    const payload = Buffer.concat(pieces).subarray(0, -4);
    pieces = [];
    yield masked(dice, { opcode: 1, rsv1: true, payload });
  }
}

type StreamName = "small" | "medium" | "large" | "unmasked" | "mix" | "deflated" | "empty" | "fragments";

export const STREAMS: Readonly<Record<StreamName, StreamKind>> = {
  small: plain("small", "64 B masked text", (dice) => masked(dice, { opcode: 1, payload: ascii(dice, 64) })),
  medium: plain("medium", "1 KiB masked text", (dice) => masked(dice, { opcode: 1, payload: ascii(dice, 1024) })),
  large: plain("large", "64 KiB masked binary", (dice) =>
    masked(dice, { opcode: 2, payload: Buffer.alloc(65536, dice.bytes(1024)) }),
  ),
  unmasked: plain("unmasked", "64 B unmasked text", (dice) => encodeFrame({ opcode: 1, payload: ascii(dice, 64) })),
  mix: {
    name: "mix",
    what: "a mix: fragments, control frames, non-ASCII text, compressed messages",
    head: buildHandshakeHeads("permessage-deflate"),
    frames: (dice) => repeated(dice, mixed),
  },
  deflated: {
    name: "deflated",
    what: "100-byte messages, compressed with context takeover",
    head: buildHandshakeHeads("permessage-deflate"),
    frames: deflated,
  },
  empty: plain("empty", "empty masked frames", (dice) => masked(dice, { opcode: 2 })),
  fragments: {
    name: "fragments",
    what: "one-byte fragments of one message",
    head: encodeFrame({ opcode: 1, fin: false, maskingKey: 1 }),
    frames: (dice) => repeated(dice, () => [masked(dice, { opcode: 0, fin: false, payload: ascii(dice, 1) })]),
  },
};

/** Writes a stream into a file: its frames as often as fills `size` bytes, or once when `size` is 0. Gives how many times. */
export async function writeStream(file: string, kind: StreamKind, size: number): Promise<number> {
  const round: Uint8Array[] = [];
  for await (const frame of kind.frames(new SeededRandom(1))) round.push(frame);
  const frames = Buffer.concat(round);
  const times = Math.max(1, Math.round(size / frames.length));
  const to = openSync(file, "w");
  writeSync(to, Buffer.from(kind.head as string));
  for (let i = 0; i < times; i++) writeSync(to, frames);
  closeSync(to);
  return times * round.length;
}
