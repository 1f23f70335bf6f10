/** Files of packets, byte by byte: both byte orders, every unit of time, every kind of block. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCount } from "../../src/bytes/size.js";
import { PcapReader } from "../../src/input/capture/pcap/pcap.js";
import { PcapngReader } from "../../src/input/capture/pcap/pcapng.js";
import { InputError } from "../../src/input/input-error.js";
import { splitBytes } from "../support/bytes.js";

/** What a file holds: of each packet `number linkType time/digits bytes of originalLength`; then what is said, and the fault. */
function shown(file: Uint8Array, sizes: readonly number[] = [file.length]): string[] {
  const lines: string[] = [];
  const Reader = file[0] === 0x0a ? PcapngReader : PcapReader;
  const reader = new Reader(
    ({ linkType, bytes, originalLength, at }) => {
      const time = at.time === null ? "-" : `${at.time}/${at.digits}`;
      lines.push(`${at.packet} ${linkType} ${time} ${Buffer.from(bytes).toString("hex")} of ${originalLength}`);
    },
    (line) => lines.push(line),
  );
  try {
    for (const piece of splitBytes(file, sizes)) {
      const own = Uint8Array.from(piece);
      reader.push(own);
      own.fill(0xd7);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    lines.push(error.message);
  }
  return lines;
}

/** Numbers of so many bytes each, in one byte order. */
function fields(
  littleEndian: boolean,
  ...values: readonly (readonly [number: number | bigint, bytes: number])[]
): Buffer {
  return Buffer.concat(
    values.map(([number, bytes]) => {
      const field = Buffer.alloc(8);
      field.writeBigUInt64BE(BigInt.asUintN(64, BigInt(number)));
      const last = field.subarray(8 - bytes);
      return littleEndian ? Buffer.from(last).reverse() : last;
    }),
  );
}

const SECOND = 1_700_000_000;
const NANO = 1_700_000_000_000_000_000n;

for (const [name, magic, extra, time] of [
  ["microseconds", 0xa1b2c3d4, 0, `${NANO + 123_456_000n}/6`],
  ["nanoseconds", 0xa1b23c4d, 0, `${NANO + 123_456n}/9`],
  ["as modified by Kuznetsov", 0xa1b2cd34, 8, `${NANO + 123_456_000n}/6`],
] as const) {
  for (const littleEndian of [true, false]) {
    const pcap = (linkType: number, ...packets: readonly (readonly [bytes: string, originalLength: number])[]) =>
      Buffer.concat([
        fields(littleEndian, [magic, 4], [2, 2], [4, 2], [0, 4], [0, 4], [65535, 4], [linkType, 4]),
        ...packets.flatMap(([hex, length]) => [
          fields(littleEndian, [SECOND, 4], [123_456, 4], [hex.length / 2, 4], [length, 4]),
          Buffer.alloc(extra, 0xee),
          Buffer.from(hex, "hex"),
        ]),
      ]);
    test(`pcap: ${name}, ${littleEndian ? "little" : "big"} endian`, () => {
      const file = pcap(0xf000_0001, ["0102", 2], ["", 60], ["aabbcc", 99]);
      const expected = [`1 1 ${time} 0102 of 2`, `2 1 ${time}  of 60`, `3 1 ${time} aabbcc of 99`];
      for (const sizes of [[file.length], [1], [7, 20]]) assert.deepEqual(shown(file, sizes), expected);
      assert.deepEqual(shown(file.subarray(0, -1)), [
        ...expected.slice(0, 2),
        `the capture ends inside a packet: ${16 + extra + 2} bytes after packet 2 skipped`,
      ]);
      const large = fields(littleEndian, [SECOND, 4], [0, 4], [0x0100_0001, 4], [60, 4]);
      const at = 24 + (16 + extra) * 3 + 5;
      const fault = `packet 4, at offset ${at}, announces 16,777,217 bytes: the file is damaged there`;
      assert.deepEqual(shown(Buffer.concat([file, large, Buffer.alloc(extra)])), [...expected, fault]);
    });
  }
}

for (const littleEndian of [true, false]) {
  const pad = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const block = (type: number, ...body: readonly Uint8Array[]): Buffer => {
    const all = pad(Buffer.concat(body));
    const length = fields(littleEndian, [all.length + 12, 4]);
    return Buffer.concat([fields(littleEndian, [type, 4]), length, all, length]);
  };
  const option = (code: number, value: Uint8Array): Buffer =>
    Buffer.concat([fields(littleEndian, [code, 2], [value.length, 2]), pad(value)]);
  const section = block(0x0a0d0d0a, fields(littleEndian, [0x1a2b3c4d, 4], [1, 2], [0, 2], [-1, 8]));
  const description = (linkType: number, snapLength: number, ...options: Buffer[]): Buffer =>
    block(1, fields(littleEndian, [linkType, 2], [0, 2], [snapLength, 4]), ...options, fields(littleEndian, [0, 4]));
  const times = (units: bigint): Buffer => fields(littleEndian, [units >> 32n, 4], [units & 0xffff_ffffn, 4]);
  const packet = (number: number, units: bigint, hex: string, length: number): Buffer =>
    block(
      6,
      fields(littleEndian, [number, 4]),
      times(units),
      fields(littleEndian, [hex.length / 2, 4], [length, 4]),
      Buffer.from(hex, "hex"),
    );
  const oldPacket = (number: number, units: bigint, hex: string, length: number): Buffer =>
    block(
      2,
      fields(littleEndian, [number, 2], [9, 2]),
      times(units),
      fields(littleEndian, [hex.length / 2, 4], [length, 4]),
      Buffer.from(hex, "hex"),
    );
  const simple = (hex: string, length: number): Buffer =>
    block(3, fields(littleEndian, [length, 4]), Buffer.from(hex, "hex"));
  const order = littleEndian ? "little endian" : "big endian";
  const MICRO = NANO / 1000n + 5n;

  test(`pcapng, ${order}: packets of every kind, with other blocks between them`, () => {
    const file = Buffer.concat([
      section,
      description(1, 0),
      block(5, Buffer.alloc(12)),
      packet(0, MICRO, "010203", 60),
      description(101, 4, option(2, Buffer.from("eth0 "))),
      packet(1, MICRO + 1n, "04", 1),
      oldPacket(1, MICRO + 2n, "0506", 2),
      simple("0708090a0b", 5),
      block(0x0bad, Buffer.alloc(8)),
      packet(7, MICRO, "ff", 1),
      packet(0, MICRO, "", 9),
    ]);
    const expected = [
      `1 1 ${NANO + 5000n}/6 010203 of 60`,
      `2 101 ${NANO + 6000n}/6 04 of 1`,
      `3 101 ${NANO + 7000n}/6 0506 of 2`,
      "4 1 - 0708090a0b of 5",
      `6 1 ${NANO + 5000n}/6  of 9`,
    ];
    const left = "1 packet skipped: the file does not describe their interfaces";
    for (const sizes of [[file.length], [1], [7, 20]]) assert.deepEqual(shown(file, sizes), [...expected, left]);
    assert.deepEqual(shown(file.subarray(0, -5)), [
      ...expected.slice(0, -1),
      left,
      "the capture ends inside a block: 27 bytes after packet 5 skipped",
    ]);
  });

  test(`pcapng, ${order}: an interface defines the unit and the offset of its times`, () => {
    for (const [resolution, units, expected] of [
      [[6], MICRO, `${NANO + 5000n}/6`],
      [[9], NANO + 7n, `${NANO + 7n}/9`],
      [[3], NANO / 1_000_000n + 9n, `${NANO + 9_000_000n}/3`],
      [[0], BigInt(SECOND), `${NANO}/0`],
      [[12], 5_000_000_004_321n, "5000000004/9"],
      [[0x80 | 10], BigInt(SECOND) * 1024n + 512n, `${NANO + 500_000_000n}/9`],
    ] as const) {
      const options = [option(2, Buffer.from("eth0 ")), option(9, Buffer.from(resolution))];
      assert.deepEqual(shown(Buffer.concat([section, description(1, 0, ...options), packet(0, units, "01", 1)])), [
        `1 1 ${expected} 01 of 1`,
      ]);
    }
    const offset = option(14, fields(littleEndian, [-3600, 8]));
    assert.deepEqual(shown(Buffer.concat([section, description(1, 0, offset), packet(0, MICRO, "01", 1)])), [
      `1 1 ${NANO + 5000n - 3_600_000_000_000n}/6 01 of 1`,
    ]);
    // Behind the end of the options stands nothing that is one.
    const behind = Buffer.concat([fields(littleEndian, [0, 4]), option(9, Buffer.from([9]))]);
    assert.deepEqual(shown(Buffer.concat([section, description(1, 0, behind), packet(0, MICRO, "01", 1)])), [
      `1 1 ${NANO + 5000n}/6 01 of 1`,
    ]);
  });

  test(`pcapng, ${order}: a simple packet has the bytes that its interface keeps, without padding`, () => {
    const file = (snapLength: number): Buffer =>
      Buffer.concat([section, description(1, snapLength), simple("0102030405", snapLength === 5 ? 60 : 5)]);
    assert.deepEqual(shown(file(5)), ["1 1 - 0102030405 of 60"]);
    assert.deepEqual(shown(file(0)), ["1 1 - 0102030405 of 5"]);
    assert.deepEqual(shown(file(65535)), ["1 1 - 0102030405 of 5"]);
  });

  test(`pcapng, ${order}: each section has its own interfaces`, () => {
    const one = Buffer.concat([section, description(1, 0), description(101, 0), packet(1, MICRO, "01", 1)]);
    const two = Buffer.concat([section, description(113, 0), packet(0, MICRO, "02", 1), packet(1, MICRO, "03", 1)]);
    assert.deepEqual(shown(Buffer.concat([one, two])), [
      `1 101 ${NANO + 5000n}/6 01 of 1`,
      `2 113 ${NANO + 5000n}/6 02 of 1`,
      "1 packet skipped: the file does not describe their interfaces",
    ]);
  });

  test(`pcapng, ${order}: a block without packets may have any length and is skipped without being kept`, () => {
    const first = Buffer.concat([section, description(1, 0), packet(0, MICRO, "01", 1)]);
    const large = block(10, Buffer.alloc(0x0200_0000));
    const last = packet(0, MICRO, "02", 1);
    const expected = [`1 1 ${NANO + 5000n}/6 01 of 1`, `2 1 ${NANO + 5000n}/6 02 of 1`];
    const file = Buffer.concat([first, large, last]);
    for (const sizes of [[file.length], [first.length + 5, 2 ** 20], [first.length + large.length, 1]])
      assert.deepEqual(shown(file, sizes), expected);
    assert.deepEqual(shown(file.subarray(0, 2 ** 20)), [
      expected[0],
      `the capture ends inside a block: ${formatCount(first.length + large.length - 2 ** 20, "byte")} of it are missing`,
    ]);
  });

  test(`pcapng, ${order}: a block of impossible length and a section without byte-order magic are errors with their place`, () => {
    const start = Buffer.concat([section, description(1, 0), packet(0, MICRO, "01", 1)]);
    for (const [length, claims] of [
      [8, "8 bytes"],
      [30, "30 bytes"],
      [0x0200_0004, "33,554,436 bytes"],
    ] as const) {
      const broken = Buffer.concat([start, fields(littleEndian, [6, 4], [length, 4], [0, 4])]);
      assert.deepEqual(shown(broken), [
        `1 1 ${NANO + 5000n}/6 01 of 1`,
        `the block at offset ${start.length} announces ${claims}: the file is damaged there`,
      ]);
    }
    const unmarked = Buffer.concat([start, fields(littleEndian, [0x0a0d0d0a, 4], [28, 4], [0, 4])]);
    assert.match(shown(unmarked)[1] ?? "", /^the section at offset \d+ has no byte-order magic/);
  });
}
