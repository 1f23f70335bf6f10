import { ByteBuilder } from "../../../bytes/byte-builder.js";
import { InputError } from "../../input-error.js";
import { faultOn, type Line, LineReader, type LineTaker } from "../../line-reader.js";
import type { Fit, NotationReader, Sample } from "../../notation/notation.js";
import { DayClock } from "../day-clock.js";
import { momentOf } from "../moments.js";
import type { PacketSink } from "../packet.js";
import { guessLink } from "../pcap/link-guess.js";
import { secondsTime } from "../times.js";
import { type LostPackets, lostOn, lostPackets } from "./lost-packets.js";
import { type PacketHeading, parseHeading } from "./packet-heading.js";
import { type PacketRow, parsePacketRow } from "./packet-row.js";
import { isPacketJson, JsonPackets } from "./tshark-json.js";

/** How `--from` calls packets as text, and what it reads. */
export const PACKETS_NAME = "packets";
export const PACKETS_READS = "tcpdump -x -xx -X -XX; tshark -x, -T json, -T jsonraw, -T ek";

const HINT = "print whole packets: tcpdump -r FILE -tt -xx, or tshark -r FILE -x";
/** No link carries larger packets, and no tool prints them. */
const LARGEST = 16 * 1024 * 1024;
const ETHERNET = 1;

/** A row with an offset of zero, as tcpdump or tshark write it. */
const FIRST_ROW = /^(?:[\t ]{1,16}0x0{4}: {1,2}|0{4} {2})[0-9a-f]{2}/m;

/**
 * Claims what has a packet whose bytes hold an IP header where a link layer puts it, with a checksum that is right; tshark's
 * JSON; and what shows packets without their bytes, to say so.
 */
export function probePackets({ text, bytes, whole }: Sample): Fit | null {
  if (text === null) return null;
  if (isPacketJson(text)) return { fit: "sure", why: "the layers of tshark's JSON" };
  if (hasPacketRows(text, bytes)) return { fit: "sure", why: "rows that hold IP packets" };
  const lost = lostPackets(text, !whole);
  return lost === null ? null : { fit: "sure", why: lost };
}

function hasPacketRows(text: string, bytes: Uint8Array): boolean {
  if (!FIRST_ROW.test(text)) return false;
  let found = false;
  const reader = new LineReader(
    new PacketReader(
      (packet) => {
        found ||= guessLink(packet.bytes, null) !== null;
      },
      () => {},
    ),
  );
  try {
    reader.push(bytes);
    reader.end();
  } catch (error) {
    // A fault further on is told when all is read.
    if (!(error instanceof InputError)) throw error;
  }
  return found;
}

/** Reads packets as tcpdump and tshark print them in hex, or tshark as JSON. */
export function openPackets(out: PacketSink, say: (line: string) => void): NotationReader {
  return new RowsOrJson(out, say);
}

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const JSON_STARTS: ReadonlySet<number | undefined> = new Set([0x5b, 0x7b]);

/** Finds out by the first character which of the two it is. */
class RowsOrJson implements NotationReader {
  readonly #out: PacketSink;
  readonly #say: (line: string) => void;
  readonly #blanks: Uint8Array[] = [];
  #reader: NotationReader | null = null;

  constructor(out: PacketSink, say: (line: string) => void) {
    this.#out = out;
    this.#say = say;
  }

  push(input: Uint8Array): void {
    if (this.#reader === null) {
      const first = input.find((byte) => !BLANKS.has(byte));
      if (first === undefined) {
        this.#blanks.push(input.slice());
        return;
      }
      this.#begin(JSON_STARTS.has(first));
    }
    this.#reader?.push(input);
  }

  end(): void {
    (this.#reader ?? this.#begin(false)).end();
  }

  #begin(json: boolean): NotationReader {
    const reader = json
      ? new JsonPackets(this.#out, this.#say)
      : new LineReader(new PacketReader(this.#out, this.#say));
    for (const blanks of this.#blanks.splice(0)) reader.push(blanks);
    this.#reader = reader;
    return reader;
  }
}

/** A part of what tshark prints of a packet: the packet itself, or bytes that were made from it. */
const VIEW = /^(\S.{0,200}) \((\d{1,10}) bytes?\):\s{0,8}$/;
/** tshark's -V says more, and more exactly. */
const FRAME = /^Frame (\d{1,12}): (\d{1,9}) bytes? on wire\b/;
const EPOCH = /^ {1,16}Epoch (?:Arrival )?Time: (\d{1,12}\.\d{1,9}) seconds/;

class PacketReader implements LineTaker {
  readonly #out: PacketSink;
  readonly #say: (line: string) => void;
  readonly #said = new Set<string>();
  readonly #clock = new DayClock();
  readonly #bytes = new ByteBuilder(LARGEST);
  /** Bytes of the open packet; -1 between packets. */
  #length = -1;
  /** Whether the rows are of a view that was made from the packet. */
  #derived = false;
  /** Whether a view's name stood on the line before, and a blank line is no end. */
  #named = false;
  #heading: PacketHeading | null = null;
  #wireLength = 0;
  #linkType: number | null = null;
  #packets = 0;
  /** The first sign that there are no bytes, and where it stands. */
  #lost: { readonly line: Line; readonly lost: LostPackets } | null = null;

  constructor(out: PacketSink, say: (line: string) => void) {
    this.#out = out;
    this.#say = say;
  }

  line(line: Line): void {
    const { text } = line;
    const row = parsePacketRow(text);
    if (row !== null) {
      this.#named = false;
      if (!this.#derived) this.#row(line, row);
      return;
    }
    if (text.trim() === "") {
      if (!this.#named) this.#between();
      return;
    }
    this.#between();
    const view = VIEW.exec(text);
    if (view === null) {
      this.#above(text);
      this.#noteLost(line);
      return;
    }
    this.#derived = view[1] !== "Frame" && view[1] !== "Packet";
    this.#named = true;
  }

  end(): void {
    this.#between();
    if (this.#packets > 0) return;
    if (this.#lost !== null) throw faultOn(this.#lost.line, 0, this.#lost.lost.says, this.#lost.lost.hint);
    throw new InputError("no packets in the input: it has no rows of bytes", null, HINT);
  }

  #row(line: Line, { offset, bytes }: PacketRow): void {
    if (typeof bytes === "number") throw faultOn(line, bytes, "no hex digit stands in a column of bytes", HINT);
    if (offset === 0) {
      this.#finish();
      this.#length = 0;
    } else if (this.#length < 0) {
      this.#once("the input begins within a packet, which is left out");
      return;
    } else if (offset !== this.#length) {
      const end = this.#length.toString(16).padStart(4, "0");
      throw faultOn(line, 0, `the offset jumps to ${offset.toString(16)}: the row before ends at ${end}`, HINT);
    }
    this.#bytes.append(bytes, 0, bytes.length);
    this.#length += bytes.length;
    if (this.#bytes.omitted > 0) throw faultOn(line, 0, "a packet of more than 16 MiB", HINT);
  }

  /** A packet's rows, or those of a view, are over. */
  #between(): void {
    this.#finish();
    this.#derived = false;
    this.#named = false;
  }

  #above(text: string): void {
    const frame = FRAME.exec(text);
    const [, epoch] = EPOCH.exec(text) ?? [];
    if (frame !== null) {
      this.#heading = { number: Number(frame[1]), time: null, lacks: null, ofDay: false };
      this.#wireLength = Number(frame[2]);
    } else if (epoch !== undefined) {
      this.#heading = { number: this.#heading?.number ?? null, time: secondsTime(epoch), lacks: null, ofDay: false };
    } else this.#heading = parseHeading(text) ?? this.#heading;
  }

  #noteLost(line: Line): void {
    if (this.#packets > 0 || this.#lost !== null) return;
    const lost = lostOn(line.text);
    if (lost === null) return;
    this.#lost = { line, lost };
    if (!lost.rows) throw faultOn(line, 0, lost.says, lost.hint);
  }

  #finish(): void {
    if (this.#length < 0) return;
    const bytes = this.#bytes.take();
    const heading = this.#heading;
    this.#packets++;
    if (heading?.lacks != null) this.#once(heading.lacks);
    const time = heading?.time == null ? null : heading.ofDay ? this.#clock.read(heading.time) : heading.time;
    const guess = guessLink(bytes, this.#linkType);
    // What is no IP has the link layer of the packets before.
    this.#linkType = guess?.linkType ?? this.#linkType;
    this.#out({
      linkType: this.#linkType ?? ETHERNET,
      bytes,
      originalLength: Math.max(this.#wireLength, guess?.length ?? bytes.length),
      at: momentOf(time, heading?.number ?? this.#packets),
    });
    this.#length = -1;
    this.#heading = null;
    this.#wireLength = 0;
  }

  #once(line: string): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    this.#say(line);
  }
}
