import type { CaptureSink, ConnectionTap, Moment, Side } from "./capture.js";
import { addressText, type IpPayload } from "./ip.js";

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** Bytes that wait behind a hole, at most: what is missing then is given up. */
const MOST_WAITING = 1024 * 1024;
/** Packets of a connection after which a hole that the receiver has acknowledged is one of the capture's. */
const PATIENCE = 16;
/** Bytes that were passed on and are kept, to compare copies with. */
const REMEMBERED = 16 * 1024;
/** Connections that are over and are remembered, so that late copies of their packets begin no new one. */
const MOST_CLOSED = 4096;

/** Some bytes of a side, by the sequence number of the first. */
interface Piece {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Bytes that it had on the wire: more where the capture cut them. */
  readonly length: number;
  readonly at: Moment;
}

/** What is known of one side. */
class Half {
  /** Sequence number of its first byte. */
  first: number | null = null;
  /** Sequence number of the next byte to pass on; `null` until its first packet. */
  next: number | null = null;
  /** The highest number that the other side acknowledged. */
  acknowledged: number | null = null;
  /** Sequence number behind its last byte. */
  last: number | null = null;
  /** Pieces behind a hole, by their numbers. */
  waiting: Piece[] = [];
  waitingBytes = 0;
  /** Packets since the hole was seen. */
  patience = 0;
  /** What was passed on last. */
  recent: Piece[] = [];
  recentBytes = 0;
}

class TcpConnection {
  readonly halves: readonly [Half, Half] = [new Half(), new Half()];
  readonly keys: readonly [string, string];
  readonly tap: ConnectionTap;
  closed = false;
  differed = false;

  constructor(keys: readonly [string, string], tap: ConnectionTap) {
    this.keys = keys;
    this.tap = tap;
  }
}

/** Puts the streams of TCP connections together from their segments: reordered, repeated, overlapping and lost ones (RFC 9293). */
export class TcpReader {
  readonly #sink: CaptureSink;
  /** By addresses and ports in the direction of the packet. */
  readonly #connections = new Map<string, { readonly connection: TcpConnection; readonly side: Side }>();
  readonly #closed: TcpConnection[] = [];

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  /** The next segment of the capture. */
  segment({ source, destination, bytes, length }: IpPayload, at: Moment): void {
    const headerLength = ((bytes[12] ?? 0) >> 4) * 4;
    // A header that is cut, or longer than its segment, tells nothing.
    if (headerLength < 20 || bytes.length < headerLength) return;
    const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const flags = bytes[13] as number;
    const ports = [fields.getUint16(0), fields.getUint16(2)] as const;
    const payload = bytes.subarray(headerLength);
    const size = Math.max(0, length - headerLength);
    const sequence = fields.getUint32(4);
    const key = keyOf(source, destination, ports[0], ports[1]);
    if ((flags & (SYN | ACK)) === SYN) this.#closeReused(key, sequence);
    let found = this.#connections.get(key);
    if (found === undefined) {
      // What neither opens a connection nor carries data says nothing about a stream.
      if (size === 0 && (flags & SYN) === 0) return;
      const answers = (flags & (SYN | ACK)) === (SYN | ACK);
      const names = [`${addressText(source)}:${ports[0]}`, `${addressText(destination)}:${ports[1]}`] as const;
      const reversed = keyOf(destination, source, ports[1], ports[0]);
      found = this.#open(key, reversed, names, answers ? 1 : 0, (flags & SYN) !== 0);
    }
    const { connection, side } = found;
    if (connection.closed) return;
    const half = connection.halves[side];
    const other = connection.halves[side === 0 ? 1 : 0];
    const first = flags & SYN ? (sequence + 1) >>> 0 : sequence;
    half.first ??= first;
    if (flags & SYN) half.next ??= first;
    if (flags & ACK && !(flags & RST)) acknowledge(other, fields.getUint32(8));
    if (size > 0) this.#take(connection, side, { sequence: first, bytes: payload, length: size, at });
    if (flags & FIN) half.last = (first + size) >>> 0;
    this.#giveUpHoles(connection, at);
    if ((flags & RST && isInWindow(half, first)) || connection.halves.every(isOver)) this.#close(connection, at);
  }

  /** The capture is over. */
  end(at: Moment): void {
    for (const { connection } of this.#connections.values()) this.#close(connection, at);
    this.#connections.clear();
  }

  #open(
    key: string,
    reversed: string,
    names: readonly [string, string],
    side: Side,
    openerSeen: boolean,
  ): { connection: TcpConnection; side: Side } {
    const endpoints: readonly [string, string] = side === 0 ? names : [names[1], names[0]];
    const connection = new TcpConnection([key, reversed], this.#sink.connection({ endpoints, openerSeen }));
    const found = { connection, side };
    this.#connections.set(key, found);
    this.#connections.set(reversed, { connection, side: side === 0 ? 1 : 0 });
    return found;
  }

  /** A SYN with another number on the ports of a connection begins another one. */
  #closeReused(key: string, sequence: number): void {
    const found = this.#connections.get(key);
    if (found === undefined) return;
    // The same SYN may come again, or late.
    if (!found.connection.closed && found.connection.halves[found.side].first === (sequence + 1) >>> 0) return;
    if (!found.connection.closed) this.#close(found.connection, NOWHEN);
    this.#forget(found.connection);
  }

  #forget(connection: TcpConnection): void {
    for (const key of connection.keys) {
      if (this.#connections.get(key)?.connection === connection) this.#connections.delete(key);
    }
  }

  #close(connection: TcpConnection, at: Moment): void {
    if (connection.closed) return;
    for (const side of [0, 1] as const) this.#finish(connection, side, at);
    connection.closed = true;
    connection.tap.end();
    this.#closed.push(connection);
    if (this.#closed.length > MOST_CLOSED) this.#forget(this.#closed.shift() as TcpConnection);
  }

  /** A side is over: what waits behind holes is passed on, and what never came is missing. */
  #finish(connection: TcpConnection, side: Side, at: Moment): void {
    const half = connection.halves[side];
    while (half.waiting.length > 0) this.#skipHole(connection, side);
    if (half.next === null) return;
    const behindLast = half.last === null ? 0 : distance(half.next, half.last);
    // An acknowledgement counts the FIN as a byte, which may not have been seen either.
    const unseen = half.acknowledged === null ? 0 : distance(half.next, half.acknowledged) - 1;
    const missing = half.last === null ? unseen : behindLast;
    if (missing > 0) connection.tap.gap(side, missing, at);
  }

  #take(connection: TcpConnection, side: Side, piece: Piece): void {
    const half = connection.halves[side];
    half.next ??= piece.sequence;
    if (distance(half.next, piece.sequence) > 0) this.#wait(half, piece);
    else {
      this.#pass(connection, side, piece);
      this.#passWaiting(connection, side);
    }
  }

  /** Keeps a piece that is ahead of a hole. */
  #wait(half: Half, piece: Piece): void {
    const copy = { ...piece, bytes: piece.bytes.slice() };
    const at = half.waiting.findIndex(({ sequence }) => distance(piece.sequence, sequence) > 0);
    half.waiting.splice(at < 0 ? half.waiting.length : at, 0, copy);
    half.waitingBytes += piece.bytes.length;
  }

  #passWaiting(connection: TcpConnection, side: Side): void {
    const half = connection.halves[side];
    for (let piece = half.waiting[0]; piece !== undefined; piece = half.waiting[0]) {
      if (distance(half.next as number, piece.sequence) > 0) return;
      half.waiting.shift();
      half.waitingBytes -= piece.bytes.length;
      half.patience = 0;
      this.#pass(connection, side, piece);
    }
  }

  /** Passes on what is new in a piece: of what came before, the first copy stands. */
  #pass(connection: TcpConnection, side: Side, piece: Piece): void {
    const half = connection.halves[side];
    const repeated = -distance(half.next as number, piece.sequence);
    // A keep-alive repeats a byte, and any will do for it.
    if (repeated > 0 && piece.length > 1) this.#compare(connection, half, piece);
    if (repeated >= piece.length) return;
    const bytes = piece.bytes.subarray(repeated);
    if (bytes.length > 0) {
      remember(half, { ...piece, sequence: half.next as number, bytes: bytes.slice() });
      connection.tap.data(side, bytes, piece.at);
    }
    const cut = piece.length - repeated - bytes.length;
    if (cut > 0) connection.tap.gap(side, cut, piece.at);
    half.next = ((half.next as number) + bytes.length + cut) >>> 0;
  }

  /** Says when a copy differs from the bytes that came first. */
  #compare(connection: TcpConnection, { recent }: Half, piece: Piece): void {
    if (connection.differed) return;
    for (const { sequence, bytes } of recent) {
      const start = distance(sequence, piece.sequence);
      for (let i = Math.max(0, -start); i < piece.bytes.length && start + i < bytes.length; i++) {
        if (piece.bytes[i] === bytes[start + i]) continue;
        connection.differed = true;
        const where = piece.at.packet === null ? "" : ` in packet ${piece.at.packet}`;
        this.#sink.say(`a copy of bytes that came before differs from them${where}: the first copy stands`);
        return;
      }
    }
  }

  /** Gives up holes that nothing will fill: those that the receiver has acknowledged, and those that too much waits behind. */
  #giveUpHoles(connection: TcpConnection, _at: Moment): void {
    for (const side of [0, 1] as const) {
      const half = connection.halves[side];
      if (half.waiting.length === 0) continue;
      half.patience++;
      const first = half.waiting[0] as Piece;
      const received = half.acknowledged !== null && distance(first.sequence, half.acknowledged) >= 0;
      if ((received && half.patience > PATIENCE) || half.waitingBytes > MOST_WAITING) this.#skipHole(connection, side);
    }
  }

  #skipHole(connection: TcpConnection, side: Side): void {
    const half = connection.halves[side];
    const [first] = half.waiting;
    if (first === undefined) return;
    const missing = distance(half.next ?? first.sequence, first.sequence);
    if (missing > 0) connection.tap.gap(side, missing, first.at);
    half.next = first.sequence;
    half.patience = 0;
    this.#passWaiting(connection, side);
  }
}

const NOWHEN: Moment = { time: null, digits: 0, packet: null };

/** How far a sequence number is ahead of another, which may be on the other side of their end; negative for behind. */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Whether a reset is one that the other side heeds: its number is near the next one. */
function isInWindow({ next }: Half, sequence: number): boolean {
  return next === null || Math.abs(distance(next, sequence)) <= 0x10_0000;
}

function acknowledge(half: Half, number: number): void {
  if (half.acknowledged === null || distance(half.acknowledged, number) > 0) half.acknowledged = number;
}

function isOver({ last, next }: Half): boolean {
  return last !== null && next !== null && distance(next, last) <= 0;
}

function remember(half: Half, piece: Piece): void {
  half.recent.push(piece);
  half.recentBytes += piece.bytes.length;
  while (half.recentBytes > REMEMBERED && half.recent.length > 1)
    half.recentBytes -= (half.recent.shift() as Piece).bytes.length;
}

/** Addresses and ports in one direction, as a string to look up. */
function keyOf(source: Uint8Array, destination: Uint8Array, from: number, to: number): string {
  return `${latin1(source)}${latin1(destination)}${from},${to}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
