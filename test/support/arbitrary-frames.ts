import fc from "fast-check";
import type { FrameDescription } from "../../src/protocol/frame/encoder.js";

const key = fc.option(fc.integer({ min: 0, max: 0xffffffff }), { nil: null });
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ minLength: 120, maxLength: 300 }),
);

/** Any frame that can be written, legal or not, except that its length matches its payload. */
export const anyFrame: fc.Arbitrary<FrameDescription & { payload: Uint8Array }> = fc
  .record({
    opcode: fc.integer({ min: 0, max: 15 }),
    fin: fc.boolean(),
    rsv1: fc.boolean(),
    rsv2: fc.boolean(),
    rsv3: fc.boolean(),
    maskingKey: key,
    payload,
    form: fc.constantFrom(null, 16, 64),
  })
  .map(({ form, ...frame }) => (form === null ? frame : { ...frame, lengthBits: form as 16 | 64 }));

/** Frames as on a real connection: mostly legal, with fragments and control frames. */
export const likelyFrame: fc.Arbitrary<FrameDescription & { payload: Uint8Array }> = fc.record({
  opcode: fc.constantFrom(0, 0, 1, 1, 2, 8, 9, 10),
  fin: fc.boolean(),
  maskingKey: key,
  payload: fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
});

/** Sizes for cutting a stream into pieces. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 20 });
