import { ByteBuilder } from "../../../bytes/byte-builder.js";
import { InputError } from "../../input-error.js";
import { buildLineError, type Line, LineReader, type LineReceiver } from "../../line-reader.js";
import type { Fit, NotationReader, Sample } from "../../notation/notation.js";
import type { PacketSink } from "../net/packet.js";
import { guessLink } from "../pcap/link-guess.js";
import { DayClock } from "../time/day-clock.js";
import { parseSeconds } from "../time/parse-time.js";
import { buildTimestamp } from "../time/timestamp.js";
import { findLossOnLine, findLossyPackets, type LossyPacketText } from "./lost-packets.js";
import { type PacketHeading, parseHeading } from "./packet-heading.js";
import { type PacketRow, parsePacketRow } from "./packet-row.js";
import { isPacketJson, TsharkJsonReader } from "./tshark-json.js";

/** The name of this format for `--from`, and what it reads. */
export const PACKETS_NAME = "packets";
export const PACKETS_DESCRIPTION = "tcpdump -x -xx -X -XX; tshark -x, -T json, -T jsonraw, -T ek";

const HINT = "print whole packets: tcpdump -r FILE -tt -xx, or tshark -r FILE -x";
/** The largest packet, in bytes: no link carries larger ones. */
const MAX_PACKET_BYTES = 16 * 1024 * 1024;
const LINK_TYPE_ETHERNET = 1;

/** A row with an offset of zero, as tcpdump or tshark write it. */
const FIRST_ROW = /^(?:[\t ]{1,16}0x0{4}: {1,2}|0{4} {2})[0-9a-f]{2}/m;

/**
 * Recognises a packet with an IP header behind a link layer and with a correct checksum; the JSON of tshark;
 * and packets without their bytes, to report what is missing.
 */
export function probePackets({ text, bytes, isWhole }: Sample): Fit | null {
  if (text === null) return null;
  if (isPacketJson(text)) return { fit: "sure", why: "the layers of tshark's JSON" };
  if (hasPacketRows(text, bytes)) return { fit: "sure", why: "rows of IP packets" };
  const lost = findLossyPackets(text, !isWhole);
  return lost === null ? null : { fit: "sure", why: lost };
}

function hasPacketRows(text: string, bytes: Uint8Array): boolean {
  if (!FIRST_ROW.test(text)) return false;
  let found = false;
  const reader = new LineReader(
    new PacketDumpReader(
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
    // A later fault is reported when the input is read.
    if (!(error instanceof InputError)) throw error;
  }
  return found;
}

/** Reads packets as tcpdump and tshark print them in hex, or tshark as JSON. */
export function openPacketText(out: PacketSink, note: (line: string) => void): NotationReader {
  return new PacketTextReader(out, note);
}

const WHITESPACE_BYTES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const JSON_START_BYTES: ReadonlySet<number | undefined> = new Set([0x5b, 0x7b]);

/** Detects the form by its first character. */
class PacketTextReader implements NotationReader {
  readonly #out: PacketSink;
  readonly #note: (line: string) => void;
  readonly #blanks: Uint8Array[] = [];
  #reader: NotationReader | null = null;

  constructor(out: PacketSink, note: (line: string) => void) {
    this.#out = out;
    this.#note = note;
  }

  push(input: Uint8Array): void {
    if (this.#reader === null) {
      const first = input.find((byte) => !WHITESPACE_BYTES.has(byte));
      if (first === undefined) {
        this.#blanks.push(input.slice());
        return;
      }
      this.#openReader(JSON_START_BYTES.has(first) ? "json" : "dump");
    }
    this.#reader?.push(input);
  }

  end(): void {
    (this.#reader ?? this.#openReader("dump")).end();
  }

  #openReader(form: "json" | "dump"): NotationReader {
    const reader =
      form === "json"
        ? new TsharkJsonReader(this.#out, this.#note)
        : new LineReader(new PacketDumpReader(this.#out, this.#note));
    for (const blanks of this.#blanks.splice(0)) reader.push(blanks);
    this.#reader = reader;
    return reader;
  }
}

/** The heading of a view in tshark's output: of the packet itself, or of bytes derived from it. */
const BYTE_VIEW_HEADING = /^(\S.{0,200}) \((\d{1,10}) bytes?\):\s{0,8}$/;
/** Lines of tshark -V: the number of the packet, its length on the wire and its exact time. */
const FRAME_HEADING = /^Frame (\d{1,12}): (\d{1,9}) bytes? on wire\b/;
const EPOCH_TIME_LINE = /^ {1,16}Epoch (?:Arrival )?Time: (\d{1,12}\.\d{1,9}) seconds/;

class PacketDumpReader implements LineReceiver {
  readonly #out: PacketSink;
  readonly #note: (line: string) => void;
  readonly #notedLines = new Set<string>();
  readonly #dayClock = new DayClock();
  readonly #bytes = new ByteBuilder(MAX_PACKET_BYTES);
  /** The number of bytes of the open packet; -1 between packets. */
  #packetLength = -1;
  /** Whether the rows belong to a view derived from the packet. */
  #isDerivedView = false;
  /** Whether the previous line named a view, after which an empty line does not end the packet. */
  #isAfterViewName = false;
  #heading: PacketHeading | null = null;
  #wireLength = 0;
  #linkType: number | null = null;
  #packetCount = 0;
  /** The first sign of missing bytes, and its line. */
  #firstLoss: { readonly line: Line; readonly lost: LossyPacketText } | null = null;

  constructor(out: PacketSink, note: (line: string) => void) {
    this.#out = out;
    this.#note = note;
  }

  line(line: Line): void {
    const { text } = line;
    const row = parsePacketRow(text);
    if (row !== null) {
      this.#isAfterViewName = false;
      if (!this.#isDerivedView) this.#addRow(line, row);
      return;
    }
    if (text.trim() === "") {
      if (!this.#isAfterViewName) this.#endPacket();
      return;
    }
    this.#endPacket();
    const view = BYTE_VIEW_HEADING.exec(text);
    if (view === null) {
      this.#readHeading(text);
      this.#recordLoss(line);
      return;
    }
    this.#isDerivedView = view[1] !== "Frame" && view[1] !== "Packet";
    this.#isAfterViewName = true;
  }

  end(): void {
    this.#endPacket();
    if (this.#packetCount > 0) return;
    if (this.#firstLoss !== null)
      throw buildLineError(this.#firstLoss.line, 0, this.#firstLoss.lost.message, this.#firstLoss.lost.hint);
    throw new InputError("the input has no packets: it has no rows of bytes", null, HINT);
  }

  #addRow(line: Line, { offset, bytes }: PacketRow): void {
    if (typeof bytes === "number")
      throw buildLineError(line, bytes, "a column of bytes has a character that is not a hex digit", HINT);
    if (offset === 0) {
      this.#emitPacket();
      this.#packetLength = 0;
    } else if (this.#packetLength < 0) {
      this.#noteOnce("the input starts inside a packet, which is skipped");
      return;
    } else if (offset !== this.#packetLength) {
      const end = this.#packetLength.toString(16).padStart(4, "0");
      throw buildLineError(line, 0, `the offset jumps to ${offset.toString(16)}: the row before ends at ${end}`, HINT);
    }
    this.#bytes.append(bytes, 0, bytes.length);
    this.#packetLength += bytes.length;
    if (this.#bytes.omitted > 0) throw buildLineError(line, 0, "a packet is longer than 16 MiB", HINT);
  }

  /** Ends the rows of a packet or view. */
  #endPacket(): void {
    this.#emitPacket();
    this.#isDerivedView = false;
    this.#isAfterViewName = false;
  }

  #readHeading(text: string): void {
    const frame = FRAME_HEADING.exec(text);
    const [, epoch] = EPOCH_TIME_LINE.exec(text) ?? [];
    if (frame !== null) {
      this.#heading = { number: Number(frame[1]), time: null, missingNote: null, isTimeOfDay: false };
      this.#wireLength = Number(frame[2]);
    } else if (epoch !== undefined) {
      this.#heading = {
        number: this.#heading?.number ?? null,
        time: parseSeconds(epoch),
        missingNote: null,
        isTimeOfDay: false,
      };
    } else this.#heading = parseHeading(text) ?? this.#heading;
  }

  #recordLoss(line: Line): void {
    if (this.#packetCount > 0 || this.#firstLoss !== null) return;
    const lost = findLossOnLine(line.text);
    if (lost === null) return;
    this.#firstLoss = { line, lost };
    if (!lost.mayHaveRows) throw buildLineError(line, 0, lost.message, lost.hint);
  }

  #emitPacket(): void {
    if (this.#packetLength < 0) return;
    const bytes = this.#bytes.take();
    const heading = this.#heading;
    this.#packetCount++;
    if (heading?.missingNote != null) this.#noteOnce(heading.missingNote);
    const time =
      heading?.time == null ? null : heading.isTimeOfDay ? this.#dayClock.addDays(heading.time) : heading.time;
    const guess = guessLink(bytes, this.#linkType);
    // A packet without IP has the link layer of the previous packets.
    this.#linkType = guess?.linkType ?? this.#linkType;
    this.#out({
      linkType: this.#linkType ?? LINK_TYPE_ETHERNET,
      bytes,
      originalLength: Math.max(this.#wireLength, guess?.wireLength ?? bytes.length),
      at: buildTimestamp(time, heading?.number ?? this.#packetCount),
    });
    this.#packetLength = -1;
    this.#heading = null;
    this.#wireLength = 0;
  }

  #noteOnce(line: string): void {
    if (this.#notedLines.has(line)) return;
    this.#notedLines.add(line);
    this.#note(line);
  }
}
