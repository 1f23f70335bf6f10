import { ByteQueue } from "../../../bytes/byte-queue.js";
import { createDataView } from "../../../bytes/data-view.js";
import { formatCount } from "../../../bytes/size.js";
import { InputError } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import type { PacketSink } from "../net/packet.js";
import { buildTimestamp } from "../time/timestamp.js";

const SECTION_BLOCK = 0x0a0d0d0a;
const INTERFACE_BLOCK = 1;
const OLD_PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
const ENHANCED_PACKET_BLOCK = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_END = 0;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
/** The longest plausible block, in bytes, except for blocks that are always skipped. */
const MAX_BLOCK_BYTES = 32 * 1024 * 1024;
/** Blocks that are skipped: names, statistics, TLS keys and custom blocks. */
const SKIPPED_BLOCKS: ReadonlySet<number> = new Set([4, 5, 10, 0x0bad, 0x4000_0bad]);

/** An interface that a section describes. */
interface PcapngInterface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Units of its times in a second. */
  readonly unitsPerSecond: bigint;
  readonly digits: number;
  /** Nanoseconds to add. */
  readonly timeOffset: bigint;
}

/** The first four bytes of a file, in hex, in both byte orders. */
export const PCAPNG_MAGIC = "0a0d0d0a";

/** Whether a file starts like pcapng. */
export function isPcapng(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString("hex") === PCAPNG_MAGIC;
}

/** Reads pcapng: sections in either byte order, each with interfaces of its own, whose times may differ in unit. */
export class PcapngReader implements NotationReader {
  readonly #out: PacketSink;
  readonly #note: (line: string) => void;
  readonly #queue = new ByteQueue();
  #isLittleEndian = true;
  #interfaces: PcapngInterface[] = [];
  #offset = 0;
  #packetCount = 0;
  /** How many of the next bytes belong to a skipped block. */
  #skipRemaining = 0;
  /** The number of packets of interfaces that their section does not describe. */
  #undescribedCount = 0;

  constructor(out: PacketSink, note: (line: string) => void) {
    this.#out = out;
    this.#note = note;
  }

  push(input: Uint8Array): void {
    const passed = Math.min(this.#skipRemaining, input.length);
    this.#skipRemaining -= passed;
    this.#queue.push(input.subarray(passed));
    while (this.#readBlock());
    this.#queue.retain();
  }

  end(): void {
    if (this.#undescribedCount > 0)
      this.#note(
        `${formatCount(this.#undescribedCount, "packet")} skipped: the file does not describe their interfaces`,
      );
    if (this.#skipRemaining > 0)
      this.#note(`the capture ends inside a block: ${formatCount(this.#skipRemaining, "byte")} of it are missing`);
    const left = this.#queue.length;
    if (left > 0)
      this.#note(
        `the capture ends inside a block: ${formatCount(left, "byte")} after packet ${this.#packetCount} skipped`,
      );
  }

  /** Reads the next block; false if it is incomplete. */
  #readBlock(): boolean {
    if (this.#queue.length < 12) return false;
    const head = createDataView(this.#queue.peek(12));
    const type = head.getUint32(0, this.#isLittleEndian);
    // The type of a section header is the same in both byte orders; its content names the order.
    if (type === SECTION_BLOCK) {
      this.#isLittleEndian = head.getUint32(8, true) === BYTE_ORDER_MAGIC;
      if (head.getUint32(8, this.#isLittleEndian) !== BYTE_ORDER_MAGIC) {
        throw new InputError(
          `the section at offset ${this.#offset} has no byte-order magic: the file is damaged there`,
          null,
          "the byte-order magic is 1a2b3c4d, in either order",
        );
      }
    }
    const length = head.getUint32(4, this.#isLittleEndian);
    if (SKIPPED_BLOCKS.has(type) && length > MAX_BLOCK_BYTES && length % 4 === 0) {
      this.#offset += length;
      this.#skipRemaining = length - this.#queue.take(length).length;
      return this.#skipRemaining === 0;
    }
    if (length < 12 || length % 4 !== 0 || length > MAX_BLOCK_BYTES) {
      throw new InputError(
        `the block at offset ${this.#offset} announces ${formatCount(length, "byte")}: the file is damaged there`,
        null,
        "everything before it is shown",
      );
    }
    if (this.#queue.length < length) return false;
    const body = this.#queue.take(length).subarray(8, length - 4);
    this.#readBody(type, body);
    this.#offset += length;
    return true;
  }

  #readBody(type: number, body: Uint8Array): void {
    if (type === SECTION_BLOCK) this.#interfaces = [];
    else if (type === INTERFACE_BLOCK && body.length >= 8) this.#interfaces.push(this.#readInterface(body));
    else if (type === ENHANCED_PACKET_BLOCK && body.length >= 20)
      this.#readPacket(body, createDataView(body).getUint32(0, this.#isLittleEndian));
    else if (type === OLD_PACKET_BLOCK && body.length >= 20)
      this.#readPacket(body, createDataView(body).getUint16(0, this.#isLittleEndian));
    else if (type === SIMPLE_PACKET_BLOCK && body.length >= 4) this.#readSimplePacket(body);
  }

  #readInterface(body: Uint8Array): PcapngInterface {
    const fields = createDataView(body);
    const resolution = this.#findOption(body, OPTION_TSRESOL);
    const offset = this.#findOption(body, OPTION_TSOFFSET);
    const unit = resolution?.[0] ?? 6;
    const perSecond = unit & 0x80 ? 2n ** BigInt(unit & 0x7f) : 10n ** BigInt(unit);
    return {
      linkType: fields.getUint16(0, this.#isLittleEndian),
      snapLength: fields.getUint32(4, this.#isLittleEndian),
      unitsPerSecond: perSecond,
      digits: unit & 0x80 ? 9 : Math.min(9, unit),
      timeOffset:
        offset?.length === 8 ? createDataView(offset).getBigInt64(0, this.#isLittleEndian) * 1_000_000_000n : 0n,
    };
  }

  /** The value of an interface's option. */
  #findOption(body: Uint8Array, wantedCode: number): Uint8Array | null {
    const fields = createDataView(body);
    for (let at = 8; at + 4 <= body.length; ) {
      const code = fields.getUint16(at, this.#isLittleEndian);
      const length = fields.getUint16(at + 2, this.#isLittleEndian);
      if (code === OPTION_END) return null;
      if (code === wantedCode) return body.subarray(at + 4, at + 4 + length);
      at += 4 + length + ((4 - (length % 4)) % 4);
    }
    return null;
  }

  #readPacket(body: Uint8Array, number: number): void {
    const fields = createDataView(body);
    const from = this.#interfaces[number];
    this.#packetCount++;
    if (from === undefined) {
      this.#undescribedCount++;
      return;
    }
    const units =
      (BigInt(fields.getUint32(4, this.#isLittleEndian)) << 32n) | BigInt(fields.getUint32(8, this.#isLittleEndian));
    const time = (units * 1_000_000_000n) / from.unitsPerSecond + from.timeOffset;
    const size = fields.getUint32(12, this.#isLittleEndian);
    const originalLength = fields.getUint32(16, this.#isLittleEndian);
    const bytes = body.subarray(20, 20 + Math.min(size, body.length - 20));
    this.#out({
      linkType: from.linkType,
      bytes,
      originalLength,
      at: { time, digits: from.digits, packet: this.#packetCount },
    });
  }

  /** A packet without a time, of the section's first interface. */
  #readSimplePacket(body: Uint8Array): void {
    const [from] = this.#interfaces;
    this.#packetCount++;
    if (from === undefined) {
      this.#undescribedCount++;
      return;
    }
    const originalLength = createDataView(body).getUint32(0, this.#isLittleEndian);
    const most = from.snapLength === 0 ? originalLength : Math.min(originalLength, from.snapLength);
    const bytes = body.subarray(4, 4 + most);
    this.#out({ linkType: from.linkType, bytes, originalLength, at: buildTimestamp(null, this.#packetCount) });
  }
}
