import type { PacketTimestamp } from "../../src/bytes/packet-timestamp.js";
import type { CaptureFormat } from "../../src/input/capture/capture-format.js";
import { CAPTURE_FORMATS } from "../../src/input/capture/capture-formats.js";
import { follow } from "../../src/input/capture/follow/follow.js";
import { har } from "../../src/input/capture/messages/har.js";
import { mitmproxy } from "../../src/input/capture/messages/mitmproxy.js";
import type { Packet } from "../../src/input/capture/net/packet.js";
import { openPacketText, PACKETS_NAME, probePackets } from "../../src/input/capture/packet-text/packet-dump.js";
import { trace } from "../../src/input/capture/trace/trace.js";
import type { Fit, NotationReader, Sample } from "../../src/input/notation/notation.js";
import type { ConnectionStart, TransportEnd } from "../../src/protocol/traffic.js";

/** The interface that all text formats of captures share. */
interface TextFormat {
  readonly name: string;
  probe(sample: Sample): Fit | null;
  read(chunks: Iterable<Uint8Array>): unknown;
}

/** The content of a connection in a capture, one line for each run of bytes, gap or message. */
export interface CapturedConnection {
  readonly start: ConnectionStart;
  /** `0 81 05 …`, `1 gap 12`, `0 text 48 65 …`: the side, and its bytes; runs of one side and moment are joined. */
  readonly sent: string[];
  /** For each entry of `sent`: its time and digits, `-` for none, and its packet's number. */
  readonly timestamps: string[];
  isEnded: boolean;
  /** How the transport ended, if the input shows it. */
  end?: TransportEnd | undefined;
}

/** The connections of a capture, and its notes. */
export interface ReadCapture {
  readonly connections: CapturedConnection[];
  readonly notes: string[];
}

/** Reads a capture in its format, in the given chunks. */
export function readCapture(format: CaptureFormat, chunks: Iterable<Uint8Array>): ReadCapture {
  const connections: CapturedConnection[] = [];
  const said: string[] = [];
  const reader = format.open({
    note: (line) => said.push(line),
    connection({ endpoints, isOpenerKnown }) {
      const connection: CapturedConnection = {
        start: { endpoints, isOpenerKnown },
        sent: [],
        timestamps: [],
        isEnded: false,
      };
      connections.push(connection);
      /** The side and moment of the last entry of `sent` if it is bytes, else empty. */
      let open = "";
      const add = (what: string, at: PacketTimestamp): void => {
        if (connection.isEnded) throw new Error("something comes after the end");
        connection.sent.push(what);
        connection.timestamps.push(formatTimestamp(at));
      };
      return {
        data(side, bytes, at) {
          if (bytes.length === 0) throw new Error("data without bytes");
          const hex = Buffer.from(bytes).toString("hex");
          const run = `${side} ${formatTimestamp(at)}`;
          if (open === run) connection.sent.push(`${connection.sent.pop()}${hex}`);
          else add(`${side} ${hex}`, at);
          open = run;
        },
        gap(side, length, at) {
          if (!(length > 0)) throw new Error("a gap without length");
          open = "";
          add(`${side} gap ${length}`, at);
        },
        message({ side, opcode, payload, at }) {
          open = "";
          add(`${side} message ${opcode} ${Buffer.from(payload).toString("hex")}`, at);
        },
        end(transport) {
          if (connection.isEnded) throw new Error("a connection ends twice");
          connection.end = transport;
          connection.isEnded = true;
        },
      };
    },
  });
  for (const chunk of chunks) pushAndOverwrite(reader, chunk);
  reader.end();
  return { connections, notes: said };
}

/** Reads packets from text, in the given chunks. */
export function readPacketText(chunks: Iterable<Uint8Array>): { packets: Packet[]; said: string[] } {
  const packets: Packet[] = [];
  const said: string[] = [];
  const reader = openPacketText(
    (packet) => packets.push({ ...packet, bytes: Uint8Array.from(packet.bytes) }),
    (line) => said.push(line),
  );
  for (const chunk of chunks) pushAndOverwrite(reader, chunk);
  reader.end();
  return { packets, said };
}

/** A chunk is valid only during the call, so it is overwritten afterwards. */
function pushAndOverwrite(reader: NotationReader, chunk: Uint8Array): void {
  const own = Uint8Array.from(chunk);
  reader.push(own);
  own.fill(OVERWRITE_BYTE);
}

/** A byte that is rare in the inputs, and not ASCII. */
const OVERWRITE_BYTE = 0xd7;

/** The reassembled connections in a file of packets, before their protocol is detected. */
export function readPcapStreams(chunks: Iterable<Uint8Array>): ReadCapture {
  return readCapture(CAPTURE_FORMATS.find(({ name }) => name === "pcap") as CaptureFormat, chunks);
}

/** Every capture format that is text, or nearly so. */
export const TEXT_FORMATS: readonly TextFormat[] = [
  ...[follow, har, mitmproxy, trace].map((format) => ({
    name: format.name,
    probe: (sample: Sample) => format.probe(sample),
    read: (chunks: Iterable<Uint8Array>) => readCapture(format, chunks),
  })),
  { name: PACKETS_NAME, probe: probePackets, read: readPacketText },
];

function formatTimestamp({ time, digits, packet }: PacketTimestamp): string {
  return `${time === null ? "-" : `${time}/${digits}`} ${packet ?? "-"}`;
}
