import { createDataView } from "../bytes/data-view.js";
import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import { FIN, PSH, RST, SYN } from "../bytes/tcp-packet.js";
import type { ConnectionReceiver, ConnectionStart, Side, TrafficSink, TransportEnd } from "../protocol/traffic.js";
import { now } from "./clock.js";
import { ConnectionPackets } from "./connection-packets.js";

const SECTION_BLOCK = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE_BLOCK = 1;
const ENHANCED_PACKET_BLOCK = 6;
/** Packets begin with their IP header. */
const LINK_TYPE_RAW_IP = 101;
/** An IP packet has no more than 65,535 bytes, headers included. */
const MAX_SEGMENT_BYTES = 65_000;
/** The distance between the first sequence numbers of two connections: connections on the same ports need different ones. */
const INITIAL_SEQUENCE_STEP = 0x0100_0001;
const UNKNOWN_ENDPOINTS: readonly [string, string] = ["0.0.0.0:0", "0.0.0.0:0"];

/**
 * Records connections as a pcapng file. Its TCP packets are synthetic, but carry the observed bytes with their times
 * and addresses.
 */
export class PcapngRecorder implements TrafficSink {
  readonly #write: (bytes: Uint8Array) => void;
  #hasBegun = false;
  #nextInitialSequence = 0;

  /** @param write receives the bytes of the file */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Writes the start of the file, once. */
  writeFileStart(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#write(buildBlock(SECTION_BLOCK, encodeNumbers([BYTE_ORDER_MAGIC], [1, 0], [0xffffffff, 0xffffffff])));
    this.#write(buildBlock(INTERFACE_BLOCK, encodeNumbers([], [LINK_TYPE_RAW_IP, 0], [0])));
  }

  note(): void {}

  connection({ endpoints }: ConnectionStart): ConnectionReceiver {
    this.writeFileStart();
    const packets = new ConnectionPackets(endpoints ?? UNKNOWN_ENDPOINTS);
    const first = this.#nextInitialSequence;
    this.#nextInitialSequence = (first + INITIAL_SEQUENCE_STEP) >>> 0;
    return new RecordedConnection(first, (side, segment, payload, at) =>
      this.#write(buildPacketBlock(packets.buildPacket(side, segment, payload), at)),
    );
  }
}

type SendPacket = (
  side: Side,
  segment: Parameters<ConnectionPackets["buildPacket"]>[1],
  payload: Parameters<ConnectionPackets["buildPacket"]>[2],
  at: PacketTimestamp,
) => void;

const EMPTY_BYTES = new Uint8Array(0);

/** The packets of one connection. */
class RecordedConnection implements ConnectionReceiver {
  readonly #send: SendPacket;
  /** Sequence number of each side's next byte. */
  readonly #nextSequences: [number, number];
  #lastTimestamp: PacketTimestamp = now();

  /** @param first the first sequence number of both sides */
  constructor(first: number, send: SendPacket) {
    this.#nextSequences = [first, first];
    this.#send = send;
    this.#sendSegment(0, SYN, EMPTY_BYTES, false);
    this.#sendSegment(1, SYN, EMPTY_BYTES, true);
    this.#sendSegment(0, 0, EMPTY_BYTES, true);
  }

  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    this.#lastTimestamp = at;
    for (let from = 0; from < bytes.length; from += MAX_SEGMENT_BYTES)
      this.#sendSegment(side, PSH, bytes.subarray(from, from + MAX_SEGMENT_BYTES), true);
  }

  gap(side: Side, length: number): void {
    this.#nextSequences[side] = (this.#nextSequences[side] + length) >>> 0;
  }

  message(): void {}

  end(transport?: TransportEnd): void {
    this.#lastTimestamp = now();
    if (transport === undefined || transport.kind === "open") return;
    const { kind, by } = transport;
    const other: Side = by === 0 ? 1 : 0;
    if (kind === "reset") {
      this.#sendSegment(by, RST, EMPTY_BYTES, true);
      // The reset was relayed, so the other side sends nothing more.
      this.#sendSegment(other, RST, EMPTY_BYTES, true);
    } else {
      this.#sendSegment(by, FIN, EMPTY_BYTES, true);
      this.#sendSegment(other, FIN, EMPTY_BYTES, true);
      this.#sendSegment(by, 0, EMPTY_BYTES, true);
    }
  }

  #sendSegment(side: Side, flags: number, payload: Uint8Array, answers: boolean): void {
    const sequence = this.#nextSequences[side];
    const acknowledges = answers ? this.#nextSequences[side === 0 ? 1 : 0] : null;
    this.#send(side, { sequence, acknowledges, flags }, payload, this.#lastTimestamp);
    const counted = payload.length + (flags & (SYN | FIN) ? 1 : 0);
    this.#nextSequences[side] = (sequence + counted) >>> 0;
  }
}

/** A block of a pcapng file: its type, and its length before and after its content. */
function buildBlock(type: number, body: Uint8Array): Uint8Array {
  const padded = Math.ceil(body.length / 4) * 4;
  const bytes = new Uint8Array(padded + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  bytes.set(body, 8);
  view.setUint32(8 + padded, bytes.length, true);
  return bytes;
}

/** The number of leading bytes that form whole blocks. */
export function countWholeBlockBytes(bytes: Uint8Array): number {
  const view = createDataView(bytes);
  let end = 0;
  while (end + 8 <= bytes.length) {
    const next = end + view.getUint32(end + 4, true);
    if (next > bytes.length) break;
    end = next;
  }
  return end;
}

function buildPacketBlock(packet: Uint8Array, at: PacketTimestamp): Uint8Array {
  const microseconds = (at.time ?? 0n) / 1000n;
  const high = Number(microseconds >> 32n);
  const low = Number(microseconds & 0xffff_ffffn);
  const head = encodeNumbers([0, high, low, packet.length, packet.length], [], []);
  const body = new Uint8Array(head.length + packet.length);
  body.set(head);
  body.set(packet, head.length);
  return buildBlock(ENHANCED_PACKET_BLOCK, body);
}

/** Packs 32-bit numbers, then 16-bit numbers, then 32-bit numbers again. */
function encodeNumbers(before: readonly number[], halves: readonly number[], after: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(before.length * 4 + halves.length * 2 + after.length * 4));
  let at = 0;
  const put32 = (number: number): void => {
    view.setUint32(at, number, true);
    at += 4;
  };
  before.forEach(put32);
  for (const half of halves) {
    view.setUint16(at, half, true);
    at += 2;
  }
  after.forEach(put32);
  return new Uint8Array(view.buffer);
}
