import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import fc from "fast-check";
import { DeflateDecoder, type InflateFault } from "../../src/protocol/deflate/deflate-decoder.js";
import { cuts } from "../support/arbitrary-frames.js";
import { parseHexBytes, splitBytes } from "../support/bytes.js";
import { fuzzRuns } from "../support/runs.js";

/** What came out of a message, and where it failed: the byte's index in the message. */
interface Inflated {
  readonly bytes: Buffer;
  readonly fault: InflateFault | null;
}

class Session {
  readonly #out: Buffer[] = [];
  readonly inflater: DeflateDecoder;

  constructor(window = 32768) {
    this.inflater = new DeflateDecoder(window, {
      writeInflated: (bytes, start, end) => void this.#out.push(Buffer.from(bytes.slice(start, end))),
    });
  }

  message(bytes: Uint8Array, sizes: readonly number[] = [bytes.length], most?: number): Inflated {
    let fault: InflateFault | null = null;
    let before = 0;
    this.inflater.begin();
    if (most !== undefined) this.inflater.setLimit(most);
    for (const piece of splitBytes(bytes, sizes)) {
      const found = this.inflater.push(piece, 0, piece.length);
      if (found !== null) fault ??= { ...found, at: found.at + before };
      before += piece.length;
    }
    fault ??= this.inflater.end();
    const all = Buffer.concat(this.#out.splice(0));
    return { bytes: all, fault };
  }
}

const inflated = (hex: string, window?: number): Inflated => new Session(window).message(parseHexBytes(hex));

test("the examples of RFC 7692 §7.2.3 inflate to Hello", () => {
  assert.equal(String(inflated("f2 48 cd c9 c9 07 00").bytes), "Hello");
  const session = new Session();
  session.message(parseHexBytes("f2 48 cd c9 c9 07 00"));
  const again = session.message(parseHexBytes("f2 00 11 00 00"));
  assert.deepEqual([String(again.bytes), again.fault], ["Hello", null]);
  for (const hex of [
    "00 05 00 fa ff 48 65 6c 6c 6f 00", // a stored block
    "f3 48 cd c9 c9 07 00 00", // a last block, and the start of the empty one
    "f2 48 05 00 00 00 ff ff ca c9 c9 07 00", // two blocks
    "f3 48 cd c9 c9 07 00", // a last block with nothing behind it
  ]) {
    const { bytes, fault } = inflated(hex);
    assert.deepEqual([String(bytes), fault], ["Hello", null], hex);
  }
});

/** Data as applications have it: repeats near and far, text, and noise. */
const data = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, length]) => Buffer.alloc(length, byte)),
      fc.constantFrom(Buffer.from('{"id":1,"name":"one","tags":["a","b"]}'), Buffer.from("the quick brown fox ")),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat([...parts, ...parts.slice(0, 5)]));

const settings = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.integer({ min: 0, max: 4 }),
});

/** A sender's messages with context takeover, as zlib writes them. */
function deflated(messages: readonly Buffer[], options: zlib.ZlibOptions): Promise<Buffer[]> {
  const stream = zlib.createDeflateRaw(options);
  const out: Buffer[] = [];
  let chunks: Buffer[] = [];
  stream.on("data", (chunk) => chunks.push(chunk));
  return messages
    .reduce(
      (before, message) =>
        before.then(
          () =>
            new Promise<void>((resolve) => {
              stream.write(message);
              stream.flush(zlib.constants.Z_SYNC_FLUSH, () => {
                out.push(Buffer.concat(chunks).subarray(0, -4));
                chunks = [];
                resolve();
              });
            }),
        ),
      Promise.resolve(),
    )
    .then(() => {
      stream.close();
      return out;
    });
}

test("whatever zlib compresses comes out again, in any pieces, with the context taken over", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(data, { minLength: 1, maxLength: 6 }),
      settings,
      cuts,
      async (messages, options, sizes) => {
        const session = new Session(2 ** options.windowBits);
        // An empty message is one byte, which zlib does not write by itself (RFC 7692 §7.2.3.6).
        const compressed = await deflated(messages, options);
        for (const [index, message] of messages.entries()) {
          const wire = message.length === 0 ? Uint8Array.of(0) : (compressed[index] as Buffer);
          const { bytes, fault } = session.message(wire, sizes);
          assert.equal(fault, null);
          assert.ok(bytes.equals(message));
        }
      },
    ),
    fuzzRuns(150, 0.01),
  );
});

/** What zlib makes of the same bytes: all that comes out before a fault, fed byte by byte, and whether there is a fault. */
function byZlib(message: Uint8Array): { bytes: Buffer; failed: boolean } {
  let bytes = Buffer.alloc(0);
  let failed = false;
  const whole = Buffer.concat([message, Uint8Array.of(0, 0, 0xff, 0xff)]);
  for (let length = 1; length <= whole.length && !failed; length++) {
    try {
      bytes = zlib.inflateRawSync(whole.subarray(0, length), { finishFlush: zlib.constants.Z_SYNC_FLUSH });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "Z_BUF_ERROR") failed = true;
    }
  }
  return { bytes, failed };
}

test("damaged data fails where zlib fails, and gives what came out before", () => {
  fc.assert(
    fc.property(data, settings, fc.nat(), fc.nat(7), cuts, (message, options, place, bit, sizes) => {
      const wire = zlib.deflateRawSync(message.subarray(0, 400), {
        ...options,
        finishFlush: zlib.constants.Z_SYNC_FLUSH,
      });
      const damaged = Buffer.from(wire.subarray(0, -4));
      if (damaged.length === 0) return;
      const at = place % damaged.length;
      damaged[at] = (damaged[at] as number) ^ (1 << bit);
      // zlib stops at a last block; what stands behind it is for the next test.
      const { bytes, fault } = new Session().message(damaged, sizes);
      const zlibs = byZlib(damaged);
      if (zlibs.failed && fault === null) assert.fail(`zlib refuses ${damaged.toString("hex")}`);
      if (fault !== null && fault.at >= 0 && !zlibs.failed) {
        // Only behind a last block may we go on, and fail, where zlib does not look.
        assert.ok(bytes.subarray(0, zlibs.bytes.length).equals(zlibs.bytes));
        return;
      }
      if (zlibs.failed) assert.ok(zlibs.bytes.subarray(0, bytes.length).equals(bytes));
    }),
    fuzzRuns(75, 0.02),
  );
});

for (const [name, hex, kind, at] of [
  ["a block of type 3", "07", "block-type", 0],
  ["a stored block whose lengths differ", "00 05 00 fa fe 48", "stored-length", 4],
  ["a copy from before the first byte", "02 13 00", "beyond-start", 1],
  ["nothing", "", "no-empty-block", -1],
  ["the empty block left whole", "f2 48 cd c9 c9 07 00 00 00 ff ff", "no-empty-block", -1],
  ["data cut inside a block", "f2 48 cd", "unfinished", -1],
  ["a length symbol that is none", "1b 03", "code", 1],
] as const) {
  test(`${name} is ${kind}`, () => {
    const { fault } = inflated(hex);
    assert.deepEqual([fault?.kind, fault?.at], [kind, at]);
  });
}

test("a copy that reaches one byte further back than the window is found, at every distance and place", () => {
  for (const bits of [8, 9, 10, 12, 14]) {
    const window = 2 ** bits;
    for (let shift = 0; shift < 70; shift++) {
      for (const over of [0, 1]) {
        // Stored bytes, then a copy of three bytes from `window + over` back, in a block with the fixed codes.
        const filler = window + over - 3 + shift;
        const before = Buffer.from(Array.from({ length: filler + 3 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
        const distance = window + over;
        const message = Buffer.concat([stored(before), copyOfThree(distance)]);
        const { fault, bytes } = new Session(window).message(message);
        assert.equal(fault?.kind ?? null, over === 1 ? "beyond-window" : null, `${bits} ${shift} ${over}`);
        if (over === 0) {
          assert.ok(bytes.subarray(-3).equals(before.subarray(before.length - distance, before.length - distance + 3)));
        } else {
          assert.deepEqual([fault?.distance, fault?.reach, bytes.length], [distance, window, before.length]);
        }
      }
    }
  }
});

function stored(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65535) {
    const part = bytes.subarray(at, at + 65535);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(part.length, 1);
    head.writeUInt16LE(part.length ^ 0xffff, 3);
    parts.push(head, part);
  }
  return Buffer.concat(parts);
}

/** A block with the fixed codes that copies three bytes from `distance` back, then the start of an empty stored block. */
function copyOfThree(distance: number): Buffer {
  // BFINAL 0, BTYPE 01 with its lowest bit first, and length 3, which is symbol 257.
  let bits = "0100000001";
  let code = 0;
  let base = 1;
  let extra = 0;
  for (code = 0; ; code++) {
    extra = code < 4 ? 0 : (code >> 1) - 1;
    if (distance < base + (1 << extra)) break;
    base += 1 << extra;
  }
  bits += code.toString(2).padStart(5, "0");
  for (let bit = 0; bit < extra; bit++) bits += String(((distance - base) >> bit) & 1);
  bits += "0000000"; // end of block
  bits += "000";
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    const part = bits.slice(at, at + 8).padEnd(8, "0");
    bytes.push(Number.parseInt([...part].reverse().join(""), 2));
  }
  return Buffer.from(bytes);
}

test("output stops at the limit, whatever pieces the input comes in", () => {
  const bomb = zlib.deflateRawSync(Buffer.alloc(2 ** 26), { finishFlush: zlib.constants.Z_SYNC_FLUSH }).subarray(0, -4);
  for (const sizes of [[bomb.length], [1], [1000, 7]]) {
    const session = new Session();
    const { bytes, fault } = session.message(bomb, sizes, 2 ** 20);
    assert.deepEqual([fault, bytes.length, session.inflater.isLimited], [null, 2 ** 20, true]);
  }
});

test("bits that can no longer become a code are the fault, not those that follow", () => {
  // One distance code of one bit, 0, and the data has 1: the byte with that bit is named, as zlib names it.
  const { fault } = inflated("0c c0 01 0d 00 00 00 83 a0 6c f6 2f 25 24 00 00 00");
  assert.deepEqual([fault?.kind, fault?.at], ["code", 13]);
});
