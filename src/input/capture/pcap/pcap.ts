import { ByteQueue } from "../../../bytes/byte-queue.js";
import { readUint32, readUint32LittleEndian } from "../../../bytes/data-view.js";
import { formatCount } from "../../../bytes/size.js";
import { InputError } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import type { PacketSink } from "../packet.js";

const FILE_HEADER = 24;
/** A record that claims more bytes than any link has is no record. */
const LARGEST_PACKET = 16 * 1024 * 1024;

interface Layout {
  readonly littleEndian: boolean;
  /** Digits after the second of the times. */
  readonly digits: 6 | 9;
  readonly recordHeader: 16 | 24;
}

/** The layouts that a file's first four bytes stand for; the modified one has an interface in each record. */
const MAGIC: ReadonlyMap<string, Layout> = new Map([
  ["a1b2c3d4", { littleEndian: false, digits: 6, recordHeader: 16 }],
  ["d4c3b2a1", { littleEndian: true, digits: 6, recordHeader: 16 }],
  ["a1b23c4d", { littleEndian: false, digits: 9, recordHeader: 16 }],
  ["4d3cb2a1", { littleEndian: true, digits: 9, recordHeader: 16 }],
  ["a1b2cd34", { littleEndian: false, digits: 6, recordHeader: 24 }],
  ["34cdb2a1", { littleEndian: true, digits: 6, recordHeader: 24 }],
]);

/** The layout of a pcap file, by its first four bytes; `undefined` when it is none. */
export function pcapLayout(bytes: Uint8Array): Layout | undefined {
  return MAGIC.get(Buffer.from(bytes.subarray(0, 4)).toString("hex"));
}

/** Reads pcap, in both byte orders, with micro- or nanoseconds, as libpcap writes it and as modified by Kuznetsov. */
export class PcapReader implements NotationReader {
  readonly #out: PacketSink;
  readonly #say: (line: string) => void;
  readonly #queue = new ByteQueue();
  #layout: Layout | null = null;
  #linkType = 0;
  #offset = 0;
  #packets = 0;
  /** The second of the last packet. */
  #second = { number: 0, time: 0n };

  constructor(out: PacketSink, say: (line: string) => void) {
    this.#out = out;
    this.#say = say;
  }

  push(input: Uint8Array): void {
    this.#queue.push(input);
    if (this.#layout === null && !this.#fileHeader()) {
      this.#queue.retain();
      return;
    }
    const layout = this.#layout as unknown as Layout;
    while (this.#record(layout));
    this.#queue.retain();
  }

  end(): void {
    const left = this.#queue.length;
    if (this.#layout === null)
      throw new InputError(
        "a pcap file that ends inside its header",
        null,
        `it has ${formatCount(FILE_HEADER, "byte")}`,
      );
    if (left > 0)
      this.#say(
        `the capture ends inside a packet: ${formatCount(left, "byte")} behind packet ${this.#packets} are left out`,
      );
  }

  #fileHeader(): boolean {
    if (this.#queue.length < FILE_HEADER) return false;
    const header = this.#queue.take(FILE_HEADER);
    const layout = pcapLayout(header);
    if (layout === undefined)
      throw new InputError(
        "not a pcap file: its first four bytes are none of its magic numbers",
        null,
        "such as a1b2c3d4",
      );
    this.#layout = layout;
    // The upper bits say whether frames end with a checksum.
    this.#linkType = numberAt(header, 20, layout) & 0x0fff_ffff;
    this.#offset = FILE_HEADER;
    return true;
  }

  /** Reads the next record; false when not all of it is there. */
  #record(layout: Layout): boolean {
    const { digits, recordHeader } = layout;
    if (this.#queue.length < recordHeader) return false;
    const header = this.#queue.peek(recordHeader);
    const size = numberAt(header, 8, layout);
    if (size > LARGEST_PACKET) {
      throw new InputError(
        `packet ${this.#packets + 1}, at offset ${this.#offset}, claims ${formatCount(size, "byte")}: the file is damaged there`,
        null,
        "what was before it is shown",
      );
    }
    if (this.#queue.length < recordHeader + size) return false;
    const time = this.#time(numberAt(header, 0, layout), numberAt(header, 4, layout) * (digits === 9 ? 1 : 1000));
    const originalLength = numberAt(header, 12, layout);
    this.#queue.skip(recordHeader);
    const bytes = this.#queue.take(size);
    this.#packets++;
    this.#offset += recordHeader + size;
    this.#out({ linkType: this.#linkType, bytes, originalLength, at: { time, digits, packet: this.#packets } });
    return true;
  }

  /** The time in nanoseconds. Packets of the same second follow one another: large numbers cost more than they look. */
  #time(seconds: number, nanoseconds: number): bigint {
    if (seconds !== this.#second.number) this.#second = { number: seconds, time: BigInt(seconds) * 1_000_000_000n };
    return this.#second.time + BigInt(nanoseconds);
  }
}

function numberAt(bytes: Uint8Array, at: number, { littleEndian }: Layout): number {
  return littleEndian ? readUint32LittleEndian(bytes, at) : readUint32(bytes, at);
}
