import { createDataView } from "../bytes/data-view.js";
import type { PacketTimestamp } from "../bytes/packet-timestamp.js";
import type { CaptureSink, ConnectionStart, ConnectionTap, Side, TransportEnd } from "../protocol/traffic.js";
import { now } from "./clock.js";
import { FIN, PSH, RST, SYN, TcpPackets } from "./tcp-packets.js";

const SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;
const INTERFACE = 1;
const PACKET = 6;
/** Packets begin with their IP header. */
const RAW_IP = 101;
/** An IP packet has no more than 65,535 bytes, headers included. */
const LARGEST_SEGMENT = 65_000;
/** How far the first sequence numbers of one connection are from those of the next: on the same ports they must differ. */
const APART = 0x0100_0001;
const NOWHERE: readonly [string, string] = ["0.0.0.0:0", "0.0.0.0:0"];

/**
 * Records connections as a pcapng file: TCP packets that nobody sent, but that carry the very bytes, at the times when they were
 * seen, between the addresses that they were seen between.
 */
export class PcapngRecorder implements CaptureSink {
  readonly #write: (bytes: Uint8Array) => void;
  #begun = false;
  #first = 0;

  /** @param write takes what goes into the file */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Writes what a file begins with, if that was not done. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#write(block(SECTION, numbers([BYTE_ORDER], [1, 0], [0xffffffff, 0xffffffff])));
    this.#write(block(INTERFACE, numbers([], [RAW_IP, 0], [0])));
  }

  say(): void {}

  connection({ endpoints }: ConnectionStart): ConnectionTap {
    this.begin();
    const packets = new TcpPackets(endpoints ?? NOWHERE);
    const first = this.#first;
    this.#first = (first + APART) >>> 0;
    return new Recording(first, (side, segment, payload, at) =>
      this.#write(packetBlock(packets.packet(side, segment, payload), at)),
    );
  }
}

type Send = (
  side: Side,
  segment: Parameters<TcpPackets["packet"]>[1],
  payload: Parameters<TcpPackets["packet"]>[2],
  at: PacketTimestamp,
) => void;

const NOTHING = new Uint8Array(0);

/** The packets of one connection. */
class Recording implements ConnectionTap {
  readonly #send: Send;
  /** Sequence number of each side's next byte. */
  readonly #next: [number, number];
  #last: PacketTimestamp = now();

  /** @param first the first sequence number of both sides */
  constructor(first: number, send: Send) {
    this.#next = [first, first];
    this.#send = send;
    this.#segment(0, SYN, NOTHING, false);
    this.#segment(1, SYN, NOTHING, true);
    this.#segment(0, 0, NOTHING, true);
  }

  data(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    this.#last = at;
    for (let from = 0; from < bytes.length; from += LARGEST_SEGMENT)
      this.#segment(side, PSH, bytes.subarray(from, from + LARGEST_SEGMENT), true);
  }

  gap(side: Side, length: number): void {
    this.#next[side] = (this.#next[side] + length) >>> 0;
  }

  message(): void {}

  end(transport?: TransportEnd): void {
    this.#last = now();
    if (transport === undefined || transport.kind === "open") return;
    const { kind, by } = transport;
    const other: Side = by === 0 ? 1 : 0;
    if (kind === "reset") {
      this.#segment(by, RST, NOTHING, true);
      // It was passed on, so that the other side has nothing more to say.
      this.#segment(other, RST, NOTHING, true);
    } else {
      this.#segment(by, FIN, NOTHING, true);
      this.#segment(other, FIN, NOTHING, true);
      this.#segment(by, 0, NOTHING, true);
    }
  }

  #segment(side: Side, flags: number, payload: Uint8Array, answers: boolean): void {
    const sequence = this.#next[side];
    const acknowledges = answers ? this.#next[side === 0 ? 1 : 0] : null;
    this.#send(side, { sequence, acknowledges, flags }, payload, this.#last);
    const counted = payload.length + (flags & (SYN | FIN) ? 1 : 0);
    this.#next[side] = (sequence + counted) >>> 0;
  }
}

/** A block of a pcapng file: its type, and its length before and behind what it holds. */
function block(type: number, body: Uint8Array): Uint8Array {
  const padded = Math.ceil(body.length / 4) * 4;
  const bytes = new Uint8Array(padded + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  bytes.set(body, 8);
  view.setUint32(8 + padded, bytes.length, true);
  return bytes;
}

/** How many of these bytes, which begin with a block, are whole blocks. */
export function wholeBlocks(bytes: Uint8Array): number {
  const view = createDataView(bytes);
  let end = 0;
  while (end + 8 <= bytes.length) {
    const next = end + view.getUint32(end + 4, true);
    if (next > bytes.length) break;
    end = next;
  }
  return end;
}

function packetBlock(packet: Uint8Array, at: PacketTimestamp): Uint8Array {
  const microseconds = (at.time ?? 0n) / 1000n;
  const high = Number(microseconds >> 32n);
  const low = Number(microseconds & 0xffff_ffffn);
  const head = numbers([0, high, low, packet.length, packet.length], [], []);
  const body = new Uint8Array(head.length + packet.length);
  body.set(head);
  body.set(packet, head.length);
  return block(PACKET, body);
}

/** Numbers of 32 bits, then of 16, then of 32 bits again. */
function numbers(before: readonly number[], halves: readonly number[], after: readonly number[]): Uint8Array {
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
