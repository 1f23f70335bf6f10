import fc from "fast-check";

/** Bytes that are special in some format. */
const SIGNIFICANT_STRINGS: readonly string[] = [
  "\x00",
  "\x7f",
  "\x81",
  "\x88\x80",
  "\xff\xff\xff\xff",
  "\x7f\xff\xff\xff",
  "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff",
  "\n",
  "\r\n\r\n",
  "\\",
  "\\x",
  "\\u{110000}",
  '"',
  "'",
  "b'",
  "[",
  "]",
  "{",
  "}",
  ",",
  ":",
  "-1",
  "99999999999999999999",
  "1e309",
  "null",
  "GET / HTTP/1.1\r\n",
  "HTTP/1.1 101 x\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Content-Length: 18446744073709551616\r\n",
  "\x1f\x8b\x08",
  "0x",
  "…",
  "...",
];

/** A change to bytes. */
type Mutation = (bytes: Buffer) => Buffer;

const where = fc.nat(2 ** 20);
const length = fc.oneof({ weight: 4, arbitrary: fc.nat(8) }, { weight: 1, arbitrary: fc.nat(2000) });

function wrapIndex(bytes: Buffer, at: number): number {
  return at % (bytes.length + 1);
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(where, fc.nat(7)).map(
    ([at, bit]): Mutation =>
      (bytes) => {
        if (bytes.length === 0) return bytes;
        const changed = Buffer.from(bytes);
        const place = at % bytes.length;
        changed[place] = (changed[place] as number) ^ (1 << bit);
        return changed;
      },
  ),
  fc.tuple(where, fc.constantFrom(...SIGNIFICANT_STRINGS), fc.boolean()).map(
    ([at, telling, over]): Mutation =>
      (bytes) => {
        const place = wrapIndex(bytes, at);
        const put = Buffer.from(telling, "latin1");
        return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(over ? place + put.length : place)]);
      },
  ),
  fc.tuple(where, length).map(
    ([at, size]): Mutation =>
      (bytes) => {
        const place = wrapIndex(bytes, at);
        return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + size)]);
      },
  ),
  fc.tuple(where, length, fc.integer({ min: 1, max: 20 })).map(
    ([at, size, times]): Mutation =>
      (bytes) => {
        const place = wrapIndex(bytes, at);
        const again = bytes.subarray(place, place + size);
        return Buffer.concat([bytes.subarray(0, place), ...Array(times).fill(again), bytes.subarray(place)]);
      },
  ),
  fc.tuple(where, where, length).map(
    ([from, to, size]): Mutation =>
      (bytes) => {
        const [one, two] = [wrapIndex(bytes, from), wrapIndex(bytes, to)];
        return Buffer.concat([bytes.subarray(0, one), bytes.subarray(two, two + size), bytes.subarray(one + size)]);
      },
  ),
  where.map(
    (at): Mutation =>
      (bytes) =>
        bytes.subarray(0, wrapIndex(bytes, at)),
  ),
);

/** Bytes with one to four changes: flipped bits, special bytes, parts removed, repeated or moved, a truncated end. */
export function arbitraryMutation(files: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...files), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([file, changes]) => changes.reduce((bytes, change) => change(bytes), file));
}
