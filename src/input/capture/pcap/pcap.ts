import { ByteQueue } from "../../../bytes/byte-queue.js";
import { readUint32, readUint32LittleEndian } from "../../../bytes/data-view.js";
import { formatCount } from "../../../bytes/size.js";
import { InputError } from "../../input-error.js";
import type { NotationReader } from "../../notation/notation.js";
import type { PacketSink } from "../net/packet.js";

const FILE_HEADER_BYTES = 24;
/** The longest plausible record, in bytes: no link has larger packets. */
const MAX_PACKET_BYTES = 16 * 1024 * 1024;

interface PcapLayout {
  readonly isLittleEndian: boolean;
  /** The number of digits after the second. */
  readonly digits: 6 | 9;
  readonly recordHeaderBytes: 16 | 24;
}

/** The layouts by the first four bytes of the file; records of the modified one include an interface. */
const LAYOUTS_BY_MAGIC: ReadonlyMap<string, PcapLayout> = new Map([
  ["a1b2c3d4", { isLittleEndian: false, digits: 6, recordHeaderBytes: 16 }],
  ["d4c3b2a1", { isLittleEndian: true, digits: 6, recordHeaderBytes: 16 }],
  ["a1b23c4d", { isLittleEndian: false, digits: 9, recordHeaderBytes: 16 }],
  ["4d3cb2a1", { isLittleEndian: true, digits: 9, recordHeaderBytes: 16 }],
  ["a1b2cd34", { isLittleEndian: false, digits: 6, recordHeaderBytes: 24 }],
  ["34cdb2a1", { isLittleEndian: true, digits: 6, recordHeaderBytes: 24 }],
]);

/** The first four bytes of a file, in hex. */
export const PCAP_MAGICS: readonly string[] = [...LAYOUTS_BY_MAGIC.keys()];

/** The layout of a pcap file by its first four bytes; `undefined` for other files. */
export function findPcapLayout(bytes: Uint8Array): PcapLayout | undefined {
  return LAYOUTS_BY_MAGIC.get(Buffer.from(bytes.subarray(0, 4)).toString("hex"));
}

/** Reads pcap in both byte orders, with micro- or nanoseconds, of libpcap and as modified by Kuznetsov. */
export class PcapReader implements NotationReader {
  readonly #out: PacketSink;
  readonly #note: (line: string) => void;
  readonly #queue = new ByteQueue();
  #layout: PcapLayout | null = null;
  #linkType = 0;
  #offset = 0;
  #packetCount = 0;
  /** The second of the last packet. */
  #lastSecond = { number: 0, time: 0n };

  constructor(out: PacketSink, note: (line: string) => void) {
    this.#out = out;
    this.#note = note;
  }

  push(input: Uint8Array): void {
    this.#queue.push(input);
    if (this.#layout === null && !this.#readFileHeader()) {
      this.#queue.retain();
      return;
    }
    const layout = this.#layout as unknown as PcapLayout;
    while (this.#readRecord(layout));
    this.#queue.retain();
  }

  end(): void {
    const left = this.#queue.length;
    if (this.#layout === null)
      throw new InputError(
        "the pcap file ends inside its header",
        null,
        `a header has ${formatCount(FILE_HEADER_BYTES, "byte")}; save the capture again`,
      );
    if (left > 0)
      this.#note(
        `the capture ends inside a packet: ${formatCount(left, "byte")} after packet ${this.#packetCount} skipped`,
      );
  }

  #readFileHeader(): boolean {
    if (this.#queue.length < FILE_HEADER_BYTES) return false;
    const header = this.#queue.take(FILE_HEADER_BYTES);
    const layout = findPcapLayout(header);
    if (layout === undefined)
      throw new InputError(
        "not a pcap file: its first four bytes are not a magic number",
        null,
        "the magic number of pcap is a1b2c3d4, in either order",
      );
    this.#layout = layout;
    // The upper bits tell whether frames end with a checksum.
    this.#linkType = readNumberAt(header, 20, layout) & 0x0fff_ffff;
    this.#offset = FILE_HEADER_BYTES;
    return true;
  }

  /** Reads the next record; false if it is incomplete. */
  #readRecord(layout: PcapLayout): boolean {
    const { digits, recordHeaderBytes } = layout;
    if (this.#queue.length < recordHeaderBytes) return false;
    const header = this.#queue.peek(recordHeaderBytes);
    const size = readNumberAt(header, 8, layout);
    if (size > MAX_PACKET_BYTES) {
      throw new InputError(
        `packet ${this.#packetCount + 1}, at offset ${this.#offset}, announces ${formatCount(size, "byte")}: the file is damaged there`,
        null,
        "everything before it is shown",
      );
    }
    if (this.#queue.length < recordHeaderBytes + size) return false;
    const time = this.#toNanoseconds(
      readNumberAt(header, 0, layout),
      readNumberAt(header, 4, layout) * (digits === 9 ? 1 : 1000),
    );
    const originalLength = readNumberAt(header, 12, layout);
    this.#queue.skip(recordHeaderBytes);
    const bytes = this.#queue.take(size);
    this.#packetCount++;
    this.#offset += recordHeaderBytes + size;
    this.#out({ linkType: this.#linkType, bytes, originalLength, at: { time, digits, packet: this.#packetCount } });
    return true;
  }

  /** The time in nanoseconds. The last second is cached, because BigInt arithmetic is slow. */
  #toNanoseconds(seconds: number, nanoseconds: number): bigint {
    if (seconds !== this.#lastSecond.number)
      this.#lastSecond = { number: seconds, time: BigInt(seconds) * 1_000_000_000n };
    return this.#lastSecond.time + BigInt(nanoseconds);
  }
}

function readNumberAt(bytes: Uint8Array, at: number, { isLittleEndian }: PcapLayout): number {
  return isLittleEndian ? readUint32LittleEndian(bytes, at) : readUint32(bytes, at);
}
