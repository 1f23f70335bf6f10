import { ByteQueue } from "../../bytes/byte-queue.js";
import { dataView } from "../../bytes/data-view.js";
import { counted } from "../../bytes/size.js";
import { InputError } from "../input-error.js";
import type { NotationReader } from "../notation/notation.js";
import type { PacketSink } from "./packet.js";

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

  constructor(out: PacketSink, say: (line: string) => void) {
    this.#out = out;
    this.#say = say;
  }

  push(input: Uint8Array): void {
    this.#queue.push(input);
    if (this.#layout === null && !this.#fileHeader()) {
      this.#queue.keep();
      return;
    }
    const layout = this.#layout as unknown as Layout;
    while (this.#record(layout));
    this.#queue.keep();
  }

  end(): void {
    const left = this.#queue.length;
    if (this.#layout === null)
      throw new InputError("a pcap file that ends inside its header", null, `it has ${counted(FILE_HEADER, "byte")}`);
    if (left > 0)
      this.#say(
        `the capture ends inside a packet: ${counted(left, "byte")} behind packet ${this.#packets} are left out`,
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
    this.#linkType = dataView(header).getUint32(20, layout.littleEndian) & 0x0fff_ffff;
    this.#offset = FILE_HEADER;
    return true;
  }

  /** Reads the next record; false when not all of it is there. */
  #record({ littleEndian, digits, recordHeader }: Layout): boolean {
    if (this.#queue.length < recordHeader) return false;
    const header = dataView(this.#queue.peek(recordHeader));
    const size = header.getUint32(8, littleEndian);
    if (size > LARGEST_PACKET) {
      throw new InputError(
        `packet ${this.#packets + 1}, at offset ${this.#offset}, claims ${counted(size, "byte")}: the file is damaged there`,
        null,
        "what was before it is shown",
      );
    }
    if (this.#queue.length < recordHeader + size) return false;
    const seconds = BigInt(header.getUint32(0, littleEndian));
    const fraction = BigInt(header.getUint32(4, littleEndian));
    const time = seconds * 1_000_000_000n + fraction * (digits === 9 ? 1n : 1000n);
    const originalLength = header.getUint32(12, littleEndian);
    this.#queue.take(recordHeader);
    const bytes = this.#queue.take(size);
    this.#packets++;
    this.#offset += recordHeader + size;
    this.#out({ linkType: this.#linkType, bytes, originalLength, at: { time, digits, packet: this.#packets } });
    return true;
  }
}
