import { copyOf } from "../../bytes/copy.js";
import { uint32 } from "../../bytes/data-view.js";
import { latin1Text } from "../../bytes/latin1.js";
import { counted } from "../../bytes/size.js";
import type { CaptureSink, ConnectionTap, Moment, Side, TransportEnd } from "./capture.js";
import { addressText, type IpPayload } from "./ip.js";
import { NO_MOMENT } from "./moments.js";
import { RecentBytes } from "./recent-bytes.js";
import { otherSide } from "./sides.js";
import {
  acknowledge,
  distance,
  endOf,
  type Half,
  isAnother,
  isEarly,
  isOver,
  isReset,
  type Known,
  noteEnd,
  type Piece,
  TcpConnection,
} from "./tcp-connection.js";
import { ACK, FIN, RST, SYN } from "./tcp-flags.js";

/** Bytes that wait behind a hole, at most: what is missing then is given up. */
const MOST_WAITING = 1024 * 1024;
/** Pieces that wait there, at most, however little is in them. */
const MOST_PIECES = 8192;
/** Packets of a connection after which a hole that the receiver has acknowledged is one of the capture's. */
const PATIENCE = 16;
/** Packets after which the first bytes of a side that was entered in its middle are passed on, acknowledged or not. */
const FIRST_PATIENCE = 4;
/** Connections that are over and are remembered, so that late copies of their packets begin no new one. */
const MOST_CLOSED = 4096;
/** A connection that was reset is read on so long, in nanoseconds, for what was in flight; and so many of them are, at most. */
const IN_FLIGHT = 1_000_000_000n;
const MOST_RESET = 1024;
/** Connections on which no byte was sent yet, at most: of more, such as those of a scan, the oldest are forgotten. */
const MOST_SILENT = 4096;
/** Puts the streams of TCP connections together from their segments: reordered, repeated, overlapping and lost ones (RFC 9293). */
export class TcpReader {
  readonly #sink: CaptureSink;
  /** By addresses and ports in the direction of the packet. */
  readonly #connections = new Map<string, Known>();
  /** Those that were looked up last: the two directions of a connection, where there is only one. */
  #lately: readonly [Known | null, Known | null] = [null, null];
  readonly #closed: TcpConnection[] = [];
  /** Those on which no byte was sent, the oldest first. */
  readonly #silent = new Set<TcpConnection>();
  /** Connections that were reset, and when: what was in flight may still come. */
  readonly #resets: { readonly connection: TcpConnection; readonly at: Moment }[] = [];
  /** Bytes that came on connections that were over. */
  #late = 0;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
  }

  /** The next segment of the capture. */
  segment(packet: IpPayload, at: Moment): void {
    const { addresses, bytes, length } = packet;
    const headerLength = ((bytes[12] ?? 0) >> 4) * 4;
    // A header that is cut, or longer than its segment, tells nothing.
    if (headerLength < 20 || bytes.length < headerLength) return;
    if (this.#resets.length > 0) this.#endResets(at);
    const flags = bytes[13] as number;
    const size = Math.max(0, length - headerLength);
    const sequence = uint32(bytes, 4);
    const ports = uint32(bytes, 0);
    let found = this.#find(addresses, ports);
    if (found !== null && isAnother(found, flags, sequence, uint32(bytes, 8), size)) {
      this.#closeReused(found.connection);
      found = null;
    }
    if (found === null) {
      // What neither opens a connection nor carries data says nothing about a stream.
      if (size === 0 && (flags & SYN) === 0) return;
      found = this.#open(copyOf(addresses), ports, flags);
      this.#forgetSilent(at);
    }
    const { connection, side } = found;
    if (size > 0 && this.#silent.size > 0) this.#silent.delete(connection);
    const half = connection.halves[side];
    const other = connection.halves[otherSide(side)];
    const first = flags & SYN ? (sequence + 1) >>> 0 : sequence;
    if (connection.closed) {
      this.#countLate(half, first, size);
      return;
    }
    half.first ??= first;
    if (flags & SYN) half.next ??= first;
    if (flags & ACK && !(flags & RST)) acknowledge(other, uint32(bytes, 8));
    this.#giveUpHoles(connection);
    const acknowledges = flags & ACK ? uint32(bytes, 8) : null;
    if (size > 0)
      this.#take(connection, side, {
        sequence: first,
        bytes: bytes.subarray(headerLength),
        length: size,
        acknowledges,
        at,
      });
    if (flags & FIN) {
      noteEnd(connection, { kind: "closed", by: side });
      half.last = (first + size) >>> 0;
      // Who closes in good order did not reset.
      half.reset = null;
    }
    if (flags & RST) this.#reset(connection, side, first, at);
    if (connection.halves.every(isOver) || connection.halves.every(isReset)) this.#close(connection, at);
  }

  /** The capture is over. */
  end(at: Moment): void {
    for (const { connection } of this.#connections.values()) this.#close(connection, at, { kind: "open" });
    this.#connections.clear();
    if (this.#late > 0)
      this.#sink.say(`${counted(this.#late, "byte")} that came when their connection was over are left out`);
  }

  /** The connection and side that packets belong to; `null` where none is known. Most belong to one of the last two. */
  #find(addresses: Uint8Array, ports: number): Known | null {
    const [last, before] = this.#lately;
    if (last !== null && isFrom(last, addresses, ports)) return last;
    if (before !== null && isFrom(before, addresses, ports)) return before;
    const found = this.#connections.get(keyOf(addresses, ports));
    if (found === undefined) return null;
    this.#lately = [found, last];
    return found;
  }

  #open(addresses: Uint8Array, ports: number, flags: number): Known {
    const side: Side = (flags & (SYN | ACK)) === (SYN | ACK) ? 1 : 0;
    const half = addresses.length / 2;
    const source = addresses.subarray(0, half);
    const destination = addresses.subarray(half);
    const names = [`${addressText(source)}:${ports >>> 16}`, `${addressText(destination)}:${ports & 0xffff}`] as const;
    const endpoints: readonly [string, string] = side === 0 ? names : [names[1], names[0]];
    const back = { addresses: Buffer.concat([destination, source]), ports: ((ports << 16) | (ports >>> 16)) >>> 0 };
    const keys = [keyOf(addresses, ports), keyOf(back.addresses, back.ports)] as const;
    const tap = this.#sink.connection({ endpoints, openerSeen: (flags & SYN) !== 0 });
    const connection = new TcpConnection(keys, tap);
    const found = { connection, side, addresses, ports };
    this.#connections.set(keys[0], found);
    this.#connections.set(keys[1], { connection, side: otherSide(side), ...back });
    this.#silent.add(connection);
    return found;
  }

  /** A side resets the connection. What the other one sent before it knew comes behind that. */
  #reset(connection: TcpConnection, by: Side, sequence: number, at: Moment): void {
    const half = connection.halves[by];
    noteEnd(connection, { kind: "reset", by });
    if (half.reset === null) this.#resets.push({ connection, at });
    if (half.reset === null || distance(half.reset, sequence) > 0) half.reset = sequence;
  }

  /** Ends the connections that were reset long enough ago, unless the reset turned out to be none. */
  #endResets(now: Moment): void {
    for (let [oldest] = this.#resets; oldest !== undefined; [oldest] = this.#resets) {
      const { connection, at } = oldest;
      const isLong = at.time !== null && now.time !== null && now.time - at.time > IN_FLIGHT;
      if (!isLong && this.#resets.length <= MOST_RESET) return;
      this.#resets.shift();
      if (connection.halves.some(isReset)) this.#close(connection, now);
      else for (const half of connection.halves) half.reset = null;
    }
  }

  /** Counts what comes when the connection is over, and was not there before. */
  #countLate(half: Half, first: number, size: number): void {
    const fresh = half.next === null ? size : Math.min(size, distance(half.next, (first + size) >>> 0));
    if (size === 0 || fresh <= 0) return;
    this.#late += fresh;
    half.next = (first + size) >>> 0;
  }

  #closeReused(connection: TcpConnection): void {
    if (!connection.closed) this.#close(connection, NO_MOMENT);
    this.#forget(connection);
  }

  /** Forgets the connection on which nothing was said for longest, where there are many such. */
  #forgetSilent(at: Moment): void {
    if (this.#silent.size <= MOST_SILENT) return;
    const [oldest] = this.#silent;
    if (oldest === undefined) return;
    this.#close(oldest, at, { kind: "open" });
    this.#forget(oldest);
  }

  #forget(connection: TcpConnection): void {
    this.#lately = [null, null];
    for (const key of connection.keys) {
      if (this.#connections.get(key)?.connection === connection) this.#connections.delete(key);
    }
  }

  /** @param unseen how it ended where neither FIN nor reset was seen */
  #close(connection: TcpConnection, at: Moment, unseen?: TransportEnd): void {
    if (connection.closed) return;
    this.#silent.delete(connection);
    for (const side of [0, 1] as const) this.#finish(connection, side, at);
    connection.closed = true;
    connection.tap.end(endOf(connection) ?? unseen);
    // Only its numbers are needed from now on.
    connection.tap = NOBODY;
    for (const half of connection.halves) half.recent = null;
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
    // The first bytes of a side that was entered in its middle may be there out of order.
    if (half.next === null || distance(half.next, piece.sequence) > 0 || isEarly(connection, side, piece))
      this.#wait(half, piece);
    else {
      this.#pass(connection, side, piece);
      this.#passWaiting(connection, side);
      this.#passWaiting(connection, otherSide(side));
    }
  }

  /** Keeps a piece that is ahead of a hole, or of what it answers. */
  #wait(half: Half, piece: Piece): void {
    const copy = { ...piece, bytes: copyOf(piece.bytes) };
    // Most come in order, and stand at the end.
    let [from, to] = [0, half.waiting.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const isLater = distance(piece.sequence, (half.waiting[middle] as Piece).sequence) > 0;
      [from, to] = isLater ? [from, middle] : [middle + 1, to];
    }
    half.waiting.splice(from, 0, copy);
    half.waitingBytes += piece.bytes.length;
  }

  #passWaiting(connection: TcpConnection, side: Side): void {
    const half = connection.halves[side];
    let passed = false;
    for (let piece = half.waiting[0]; piece !== undefined; piece = half.waiting[0]) {
      if (half.next === null || distance(half.next, piece.sequence) > 0 || isEarly(connection, side, piece)) break;
      half.waiting.shift();
      half.waitingBytes -= piece.bytes.length;
      half.patience = 0;
      this.#pass(connection, side, piece);
      passed = true;
    }
    if (passed) this.#passWaiting(connection, otherSide(side));
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
      half.recent ??= new RecentBytes();
      half.recent.add(half.next as number, bytes);
      connection.tap.data(side, bytes, piece.at);
    }
    const cut = piece.length - repeated - bytes.length;
    if (cut > 0) connection.tap.gap(side, cut, piece.at);
    half.next = ((half.next as number) + bytes.length + cut) >>> 0;
  }

  /** Says when a copy differs from the bytes that came first. */
  #compare(connection: TcpConnection, { recent }: Half, piece: Piece): void {
    if (connection.differed || recent === null || !recent.differs(piece.sequence, piece.bytes)) return;
    connection.differed = true;
    const where = piece.at.packet === null ? "" : ` in packet ${piece.at.packet}`;
    this.#sink.say(`a copy of bytes that came before differs from them${where}: the first copy stands`);
  }

  /** Gives up holes that nothing will fill: those that the receiver has acknowledged, and those that too much waits behind. */
  #giveUpHoles(connection: TcpConnection): void {
    for (const side of [0, 1] as const) {
      const half = connection.halves[side];
      const [first] = half.waiting;
      if (first === undefined) continue;
      half.patience++;
      const end = first.sequence + first.length;
      const received = (number: number): boolean =>
        half.acknowledged !== null && distance(number, half.acknowledged) >= 0;
      const given =
        half.next === null
          ? received(end) || half.patience > FIRST_PATIENCE
          : half.patience > PATIENCE && (received(first.sequence) || distance(half.next, first.sequence) <= 0);
      if (given || half.waitingBytes > MOST_WAITING || half.waiting.length > MOST_PIECES)
        this.#skipHole(connection, side);
    }
  }

  #skipHole(connection: TcpConnection, side: Side): void {
    const half = connection.halves[side];
    const [first] = half.waiting;
    if (first === undefined) return;
    const missing = distance(half.next ?? first.sequence, first.sequence);
    if (missing > 0) connection.tap.gap(side, missing, first.at);
    else if (half.next !== null) connection.ordered = false;
    if (missing > 0 || half.next === null) half.next = first.sequence;
    half.patience = 0;
    this.#passWaiting(connection, side);
  }
}

const NOBODY: ConnectionTap = { data() {}, gap() {}, message() {}, end() {} };

/** Addresses and ports in one direction, as a string to look up. */
function keyOf(addresses: Uint8Array, ports: number): string {
  return `${latin1Text(addresses)}${ports}`;
}

function isFrom(known: Known, addresses: Uint8Array, ports: number): boolean {
  if (known.ports !== ports || known.addresses.length !== addresses.length) return false;
  for (let i = 0; i < addresses.length; i++) if (known.addresses[i] !== addresses[i]) return false;
  return true;
}
