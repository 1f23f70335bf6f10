import { ByteQueue } from "../../../bytes/byte-queue.js";
import { createDataView } from "../../../bytes/data-view.js";
import { formatCount } from "../../../bytes/size.js";
import { InputError } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import { momentOf } from "../moments.js";
import type { PacketSink } from "../packet.js";

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPTION_END = 0;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
/** A block that claims more bytes than this is none, unless it is of those that are passed over whatever is in them. */
const LARGEST_BLOCK = 32 * 1024 * 1024;
/** Names, statistics, the keys of TLS, and what others define for themselves. */
const PASSED_OVER: ReadonlySet<number> = new Set([4, 5, 10, 0x0bad, 0x4000_0bad]);

/** An interface that a section describes. */
interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Units of its times in a second. */
  readonly perSecond: bigint;
  readonly digits: number;
  /** Nanoseconds to add. */
  readonly offset: bigint;
}

/** Whether a file begins as pcapng does. */
export function isPcapng(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString("hex") === "0a0d0d0a";
}

/** Reads pcapng: sections in either byte order, each with interfaces of its own, whose times may differ in unit. */
export class PcapngReader implements NotationReader {
  readonly #out: PacketSink;
  readonly #say: (line: string) => void;
  readonly #queue = new ByteQueue();
  #littleEndian = true;
  #interfaces: Interface[] = [];
  #offset = 0;
  #packets = 0;
  /** Bytes that come next and belong to a block that is passed over. */
  #passing = 0;
  /** Packets of interfaces that their section does not describe. */
  #undescribed = 0;

  constructor(out: PacketSink, say: (line: string) => void) {
    this.#out = out;
    this.#say = say;
  }

  push(input: Uint8Array): void {
    const passed = Math.min(this.#passing, input.length);
    this.#passing -= passed;
    this.#queue.push(input.subarray(passed));
    while (this.#block());
    this.#queue.retain();
  }

  end(): void {
    if (this.#undescribed > 0)
      this.#say(`left out: ${formatCount(this.#undescribed, "packet")} of interfaces that the file does not describe`);
    if (this.#passing > 0)
      this.#say(`the capture ends inside a block: ${formatCount(this.#passing, "byte")} of it are missing`);
    const left = this.#queue.length;
    if (left > 0)
      this.#say(
        `the capture ends inside a block: ${formatCount(left, "byte")} behind packet ${this.#packets} are left out`,
      );
  }

  /** Reads the next block; false when not all of it is there. */
  #block(): boolean {
    if (this.#queue.length < 12) return false;
    const head = createDataView(this.#queue.peek(12));
    const type = head.getUint32(0, this.#littleEndian);
    // A section header reads the same in both orders, and says which is meant.
    if (type === SECTION) {
      this.#littleEndian = head.getUint32(8, true) === BYTE_ORDER_MAGIC;
      if (head.getUint32(8, this.#littleEndian) !== BYTE_ORDER_MAGIC) {
        throw new InputError(
          `the section at offset ${this.#offset} has no byte-order magic: the file is damaged there`,
          null,
          "it is 1a2b3c4d, in either order",
        );
      }
    }
    const length = head.getUint32(4, this.#littleEndian);
    if (PASSED_OVER.has(type) && length > LARGEST_BLOCK && length % 4 === 0) {
      this.#offset += length;
      this.#passing = length - this.#queue.take(length).length;
      return this.#passing === 0;
    }
    if (length < 12 || length % 4 !== 0 || length > LARGEST_BLOCK) {
      throw new InputError(
        `a block at offset ${this.#offset} claims ${formatCount(length, "byte")}: the file is damaged there`,
        null,
        "what was before it is shown",
      );
    }
    if (this.#queue.length < length) return false;
    const body = this.#queue.take(length).subarray(8, length - 4);
    this.#read(type, body);
    this.#offset += length;
    return true;
  }

  #read(type: number, body: Uint8Array): void {
    if (type === SECTION) this.#interfaces = [];
    else if (type === INTERFACE && body.length >= 8) this.#interfaces.push(this.#interface(body));
    else if (type === PACKET && body.length >= 20)
      this.#packet(body, createDataView(body).getUint32(0, this.#littleEndian));
    else if (type === OLD_PACKET && body.length >= 20)
      this.#packet(body, createDataView(body).getUint16(0, this.#littleEndian));
    else if (type === SIMPLE_PACKET && body.length >= 4) this.#simplePacket(body);
  }

  #interface(body: Uint8Array): Interface {
    const fields = createDataView(body);
    const resolution = this.#option(body, OPTION_TSRESOL);
    const offset = this.#option(body, OPTION_TSOFFSET);
    const unit = resolution?.[0] ?? 6;
    const perSecond = unit & 0x80 ? 2n ** BigInt(unit & 0x7f) : 10n ** BigInt(unit);
    return {
      linkType: fields.getUint16(0, this.#littleEndian),
      snapLength: fields.getUint32(4, this.#littleEndian),
      perSecond,
      digits: unit & 0x80 ? 9 : Math.min(9, unit),
      offset: offset?.length === 8 ? createDataView(offset).getBigInt64(0, this.#littleEndian) * 1_000_000_000n : 0n,
    };
  }

  /** The value of an interface's option. */
  #option(body: Uint8Array, wanted: number): Uint8Array | null {
    const fields = createDataView(body);
    for (let at = 8; at + 4 <= body.length; ) {
      const code = fields.getUint16(at, this.#littleEndian);
      const length = fields.getUint16(at + 2, this.#littleEndian);
      if (code === OPTION_END) return null;
      if (code === wanted) return body.subarray(at + 4, at + 4 + length);
      at += 4 + length + ((4 - (length % 4)) % 4);
    }
    return null;
  }

  #packet(body: Uint8Array, number: number): void {
    const fields = createDataView(body);
    const from = this.#interfaces[number];
    this.#packets++;
    if (from === undefined) {
      this.#undescribed++;
      return;
    }
    const units =
      (BigInt(fields.getUint32(4, this.#littleEndian)) << 32n) | BigInt(fields.getUint32(8, this.#littleEndian));
    const time = (units * 1_000_000_000n) / from.perSecond + from.offset;
    const size = fields.getUint32(12, this.#littleEndian);
    const originalLength = fields.getUint32(16, this.#littleEndian);
    const bytes = body.subarray(20, 20 + Math.min(size, body.length - 20));
    this.#out({
      linkType: from.linkType,
      bytes,
      originalLength,
      at: { time, digits: from.digits, packet: this.#packets },
    });
  }

  /** A packet without a time, of the section's first interface. */
  #simplePacket(body: Uint8Array): void {
    const [from] = this.#interfaces;
    this.#packets++;
    if (from === undefined) {
      this.#undescribed++;
      return;
    }
    const originalLength = createDataView(body).getUint32(0, this.#littleEndian);
    const most = from.snapLength === 0 ? originalLength : Math.min(originalLength, from.snapLength);
    const bytes = body.subarray(4, 4 + most);
    this.#out({ linkType: from.linkType, bytes, originalLength, at: momentOf(null, this.#packets) });
  }
}
