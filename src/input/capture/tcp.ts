import { copyOf } from "../../bytes/copy.js";
import { uint32 } from "../../bytes/data-view.js";
import { counted } from "../../bytes/size.js";
import type { CaptureSink, ConnectionTap, Moment, Side, TransportEnd } from "./capture.js";
import { flowOf, TcpStart } from "./flow.js";
import type { IpPayload } from "./ip.js";
import { NO_MOMENT } from "./moments.js";
import { NO_RUN, RecentBytes } from "./recent-bytes.js";
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
  noteEnd,
  type Piece,
  TcpConnection,
  Waiting,
} from "./tcp-connection.js";
import { ACK, FIN, RST, SYN } from "./tcp-flags.js";

/** Bytes that wait behind a hole, at most: what is missing then is given up. */
const MOST_WAITING = 1024 * 1024;
/** Pieces that wait there, at most, however little is in them. */
const MOST_PIECES = 8192;
/** About what waits on all connections together, at most, in bytes of memory; and what a piece takes beside its bytes. */
const MOST_WAITING_IN_ALL = 64 * 1024 * 1024;
const PIECE_COST = 400;
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
  /** By their flows. */
  readonly #connections = new Map<string, TcpConnection>();
  /** The directions that were looked up last: the two of a connection, where there is only one. */
  #lately: readonly [Direction, Direction] = [new Direction(), new Direction()];
  readonly #recent = new RecentBytes();
  readonly #closed: TcpConnection[] = [];
  /** Those on which no byte was sent, the oldest first. */
  readonly #silent = new Set<TcpConnection>();
  /** Connections that were reset, and when: what was in flight may still come. */
  readonly #resets: { readonly connection: TcpConnection; readonly at: Moment }[] = [];
  /** Bytes that came on connections that were over. */
  #late = 0;
  /** Connections on which bytes wait, those first that began to wait first, and what that takes together. */
  readonly #waiting = new Set<TcpConnection>();
  #waitingCost = 0;
  readonly #mostWaiting: number;
  /** Connections whose holes were given up early, since too much waited on all together. */
  #hurried = 0;

  /** @param mostWaiting about what may wait behind holes on all connections together, in bytes of memory */
  constructor(sink: CaptureSink, mostWaiting: number = MOST_WAITING_IN_ALL) {
    this.#sink = sink;
    this.#mostWaiting = mostWaiting;
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
    const sequence = uint32(bytes, 4) | 0;
    const ports = uint32(bytes, 0);
    const acknowledged = uint32(bytes, 8) | 0;
    const direction = this.#find(addresses, ports);
    const known = direction.connection;
    if (known !== null && isAnother(known, direction.side, flags, sequence, acknowledged, size)) {
      this.#closeReused(known);
      direction.connection = null;
    }
    if (direction.connection === null) {
      // What neither opens a connection nor carries data says nothing about a stream.
      if (size === 0 && (flags & SYN) === 0) return;
      this.#open(direction, flags);
      this.#forgetSilent(at);
    }
    const connection = direction.connection as unknown as TcpConnection;
    const { side } = direction;
    if (size > 0 && this.#silent.size > 0) this.#silent.delete(connection);
    const half = connection.halves[side];
    const other = connection.halves[otherSide(side)];
    const first = flags & SYN ? (sequence + 1) | 0 : sequence;
    if (connection.closed) {
      this.#countLate(half, first, size);
      return;
    }
    half.first ??= first;
    if (flags & SYN) half.next ??= first;
    if (flags & ACK && !(flags & RST)) acknowledge(other, acknowledged);
    this.#giveUpHoles(connection);
    const acknowledges = flags & ACK ? acknowledged : null;
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
      half.last = (first + size) | 0;
      // Who closes in good order did not reset.
      half.reset = null;
    }
    if (flags & RST) this.#reset(connection, side, first, at);
    if (connection.halves.every(isOver) || connection.halves.every(isReset)) this.#close(connection, at);
  }

  /** The capture is over. */
  end(at: Moment): void {
    for (const connection of this.#connections.values()) this.#close(connection, at, { kind: "open" });
    this.#connections.clear();
    if (this.#late > 0)
      this.#sink.say(`${counted(this.#late, "byte")} that came when their connection was over are left out`);
    if (this.#hurried > 0) this.#sink.say(this.#hurriedLine());
  }

  #hurriedLine(): string {
    const holes = `missing bytes of ${counted(this.#hurried, "TCP stream")} were given up early`;
    return `${holes}: more than ${counted(this.#mostWaiting, "byte")} waited for such bytes`;
  }

  /** The direction that packets have, with its connection where one is known. Most have one of the last two. */
  #find(addresses: Uint8Array, ports: number): Direction {
    const [last, before] = this.#lately;
    if (last.connection !== null && last.is(addresses, ports)) return last;
    this.#lately = [before, last];
    if (before.connection !== null && before.is(addresses, ports)) return before;
    const { key, fromLower } = flowOf(addresses, ports);
    before.set(addresses, ports, key, fromLower, this.#connections.get(key) ?? null);
    return before;
  }

  /** A connection begins with a packet of a direction. */
  #open(direction: Direction, flags: number): void {
    const { key, fromLower } = direction;
    direction.side = (flags & (SYN | ACK)) === (SYN | ACK) ? 1 : 0;
    const lower = fromLower ? direction.side : otherSide(direction.side);
    const tap = this.#sink.connection(new TcpStart(key, lower, (flags & SYN) !== 0));
    const connection = new TcpConnection(key, lower, tap);
    direction.connection = connection;
    this.#connections.set(key, connection);
    this.#silent.add(connection);
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
    const fresh = half.next === null ? size : Math.min(size, distance(half.next, first + size));
    if (size === 0 || fresh <= 0) return;
    this.#late += fresh;
    half.next = (first + size) | 0;
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
    for (const direction of this.#lately) if (direction.connection === connection) direction.connection = null;
    if (this.#connections.get(connection.key) === connection) this.#connections.delete(connection.key);
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
    for (const half of connection.halves) half.recent = NO_RUN;
    this.#closed.push(connection);
    if (this.#closed.length > MOST_CLOSED) this.#forget(this.#closed.shift() as TcpConnection);
  }

  /** A side is over: what waits behind holes is passed on, and what never came is missing. */
  #finish(connection: TcpConnection, side: Side, at: Moment): void {
    const half = connection.halves[side];
    while (half.waiting !== null) this.#skipHole(connection, side);
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
      this.#wait(connection, half, piece);
    else {
      this.#pass(connection, side, piece);
      this.#passWaiting(connection, side);
    }
  }

  /** Keeps a piece that is ahead of a hole, or of what it answers. */
  #wait(connection: TcpConnection, half: Half, piece: Piece): void {
    const copy = { ...piece, bytes: copyOf(piece.bytes) };
    half.waiting ??= new Waiting();
    const { pieces } = half.waiting;
    // Most come in order, and stand at the end.
    let [from, to] = [0, pieces.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const isLater = distance(piece.sequence, (pieces[middle] as Piece).sequence) > 0;
      [from, to] = isLater ? [from, middle] : [middle + 1, to];
    }
    pieces.splice(from, 0, copy);
    half.waiting.bytes += piece.bytes.length;
    this.#waiting.add(connection);
    this.#waitingCost += piece.bytes.length + PIECE_COST;
    while (this.#waitingCost > this.#mostWaiting) this.#hurry();
  }

  /** Gives up the holes of the connection that has waited for longest. */
  #hurry(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    for (const side of [0, 1] as const) {
      if (oldest.halves[side].waiting !== null) this.#hurried++;
      while (oldest.halves[side].waiting !== null) this.#skipHole(oldest, side);
    }
  }

  /** Takes the first piece that waits. */
  #takeWaiting(connection: TcpConnection, half: Half, waiting: Waiting): void {
    const piece = waiting.pieces.shift() as Piece;
    waiting.bytes -= piece.bytes.length;
    waiting.patience = 0;
    this.#waitingCost -= piece.bytes.length + PIECE_COST;
    if (waiting.pieces.length > 0) return;
    half.waiting = null;
    if (connection.halves.every((each) => each.waiting === null)) this.#waiting.delete(connection);
  }

  /** Passes on what waits no more, in turns, since what one side sent may have waited for the other's. */
  #passWaiting(connection: TcpConnection, side: Side): void {
    if (connection.halves[0].waiting === null && connection.halves[1].waiting === null) return;
    let turn = side;
    for (let idle = 0; idle < 2; turn = otherSide(turn)) idle = this.#passReady(connection, turn) ? 0 : idle + 1;
  }

  /** Passes on what waits of a side, as far as nothing is missing before it; says whether there was any. */
  #passReady(connection: TcpConnection, side: Side): boolean {
    const half = connection.halves[side];
    let passed = false;
    for (let { waiting } = half; waiting !== null; { waiting } = half) {
      const piece = waiting.pieces[0] as Piece;
      if (half.next === null || distance(half.next, piece.sequence) > 0 || isEarly(connection, side, piece)) break;
      this.#takeWaiting(connection, half, waiting);
      this.#pass(connection, side, piece);
      passed = true;
    }
    return passed;
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
      half.recent = this.#recent.add(half.recent, half.next as number, bytes);
      connection.tap.data(side, bytes, piece.at);
    }
    const cut = piece.length - repeated - bytes.length;
    if (cut > 0) connection.tap.gap(side, cut, piece.at);
    half.next = ((half.next as number) + bytes.length + cut) | 0;
  }

  /** Says when a copy differs from the bytes that came first. */
  #compare(connection: TcpConnection, { recent }: Half, piece: Piece): void {
    if (connection.differed || !this.#recent.differs(recent, piece.sequence, piece.bytes)) return;
    connection.differed = true;
    const where = piece.at.packet === null ? "" : ` in packet ${piece.at.packet}`;
    this.#sink.say(`a copy of bytes that came before differs from them${where}: the first copy stands`);
  }

  /** Gives up holes that nothing will fill: those that the receiver has acknowledged, and those that too much waits behind. */
  #giveUpHoles(connection: TcpConnection): void {
    for (const side of [0, 1] as const) {
      const half = connection.halves[side];
      const { waiting } = half;
      if (waiting === null) continue;
      const first = waiting.pieces[0] as Piece;
      waiting.patience++;
      const end = first.sequence + first.length;
      const received = (number: number): boolean =>
        half.acknowledged !== null && distance(number, half.acknowledged) >= 0;
      const given =
        half.next === null
          ? received(end) || waiting.patience > FIRST_PATIENCE
          : waiting.patience > PATIENCE && (received(first.sequence) || distance(half.next, first.sequence) <= 0);
      if (given || waiting.bytes > MOST_WAITING || waiting.pieces.length > MOST_PIECES)
        this.#skipHole(connection, side);
    }
  }

  #skipHole(connection: TcpConnection, side: Side): void {
    const half = connection.halves[side];
    const { waiting } = half;
    if (waiting === null) return;
    const first = waiting.pieces[0] as Piece;
    const missing = distance(half.next ?? first.sequence, first.sequence);
    if (missing > 0) connection.tap.gap(side, missing, first.at);
    else if (half.next !== null) connection.ordered = false;
    if (missing > 0 || half.next === null) half.next = first.sequence;
    waiting.patience = 0;
    this.#passWaiting(connection, side);
  }
}

/** The packets between two ends in one direction, and the connection that they belong to. */
class Direction {
  readonly #addresses = new Uint8Array(32);
  #length = 0;
  #ports = 0;
  key = "";
  fromLower = false;
  connection: TcpConnection | null = null;
  /** The side of the connection that sends them. */
  side: Side = 0;

  is(addresses: Uint8Array, ports: number): boolean {
    if (this.#ports !== ports || this.#length !== addresses.length) return false;
    for (let i = 0; i < addresses.length; i++) if (this.#addresses[i] !== addresses[i]) return false;
    return true;
  }

  set(addresses: Uint8Array, ports: number, key: string, fromLower: boolean, connection: TcpConnection | null): void {
    this.#addresses.set(addresses);
    this.#length = addresses.length;
    this.#ports = ports;
    this.key = key;
    this.fromLower = fromLower;
    this.connection = connection;
    if (connection !== null) this.side = fromLower ? connection.lower : otherSide(connection.lower);
  }
}

const NOBODY: ConnectionTap = { data() {}, gap() {}, message() {}, end() {} };
