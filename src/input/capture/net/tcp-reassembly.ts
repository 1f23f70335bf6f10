import { readUint32 } from "../../../bytes/data-view.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { formatCount } from "../../../bytes/size.js";
import {
  type CaptureSink,
  type ConnectionTap,
  otherSide,
  type Side,
  type TransportEnd,
} from "../../../protocol/traffic.js";
import { NO_MOMENT } from "../moments.js";
import { flowOf, TcpStart } from "./flow.js";
import type { IpPayload } from "./ip.js";
import { PacketDirection } from "./packet-direction.js";
import { NO_RUN } from "./recent-bytes.js";
import { SegmentOrder } from "./segment-order.js";
import {
  acknowledge,
  distance,
  endOf,
  type Half,
  isAnother,
  isOver,
  isReset,
  noteEnd,
  TcpConnection,
} from "./tcp-connection.js";
import { ACK, FIN, RST, SYN } from "./tcp-flags.js";

/** Connections that are over and are remembered, so that late copies of their packets begin no new one. */
const MOST_CLOSED = 4096;
/** A connection that was reset is read on so long, in nanoseconds, for what was in flight; and so many of them are, at most. */
const IN_FLIGHT = 1_000_000_000n;
const MOST_RESET = 1024;
/** Connections on which no byte was sent yet, at most: of more, such as those of a scan, the oldest are forgotten. */
const MOST_SILENT = 4096;

/** Tells the TCP connections of a capture apart, and where each begins and ends; puts their streams together (RFC 9293). */
export class TcpReader {
  readonly #sink: CaptureSink;
  /** By their flows. */
  readonly #connections = new Map<string, TcpConnection>();
  /** The directions that were looked up last: the two of a connection, where there is only one. */
  #lately: readonly [PacketDirection, PacketDirection] = [new PacketDirection(), new PacketDirection()];
  readonly #order: SegmentOrder;
  readonly #closed: TcpConnection[] = [];
  /** Those on which no byte was sent, the oldest first. */
  readonly #silent = new Set<TcpConnection>();
  /** Connections that were reset, and when: what was in flight may still come. */
  readonly #resets: { readonly connection: TcpConnection; readonly at: PacketTimestamp }[] = [];
  /** Bytes that came on connections that were over. */
  #late = 0;

  /** @param mostWaiting about what may wait behind holes on all connections together, in bytes of memory */
  constructor(sink: CaptureSink, mostWaiting?: number) {
    this.#sink = sink;
    this.#order = new SegmentOrder((line) => sink.say(line), mostWaiting);
  }

  /** The next segment of the capture. */
  segment(packet: IpPayload, at: PacketTimestamp): void {
    const { addresses, bytes, length } = packet;
    const headerLength = ((bytes[12] ?? 0) >> 4) * 4;
    // A header that is cut, or longer than its segment, tells nothing.
    if (headerLength < 20 || bytes.length < headerLength) return;
    if (this.#resets.length > 0) this.#endResets(at);
    const flags = bytes[13] as number;
    const size = Math.max(0, length - headerLength);
    const sequence = readUint32(bytes, 4) | 0;
    const ports = readUint32(bytes, 0);
    const acknowledged = readUint32(bytes, 8) | 0;
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
    this.#order.giveUpHoles(connection);
    const acknowledges = flags & ACK ? acknowledged : null;
    if (size > 0)
      this.#order.take(connection, side, {
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
  end(at: PacketTimestamp): void {
    for (const connection of this.#connections.values()) this.#close(connection, at, { kind: "open" });
    this.#connections.clear();
    if (this.#late > 0)
      this.#sink.say(`${formatCount(this.#late, "byte")} that came when their connection was over are left out`);
    this.#order.end();
  }

  /** The direction that packets have, with its connection where one is known. Most have one of the last two. */
  #find(addresses: Uint8Array, ports: number): PacketDirection {
    const [last, before] = this.#lately;
    if (last.connection !== null && last.is(addresses, ports)) return last;
    this.#lately = [before, last];
    if (before.connection !== null && before.is(addresses, ports)) return before;
    const { key, fromLower } = flowOf(addresses, ports);
    before.set(addresses, ports, key, fromLower, this.#connections.get(key) ?? null);
    return before;
  }

  /** A connection begins with a packet of a direction. */
  #open(direction: PacketDirection, flags: number): void {
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
  #reset(connection: TcpConnection, by: Side, sequence: number, at: PacketTimestamp): void {
    const half = connection.halves[by];
    noteEnd(connection, { kind: "reset", by });
    if (half.reset === null) this.#resets.push({ connection, at });
    if (half.reset === null || distance(half.reset, sequence) > 0) half.reset = sequence;
  }

  /** Ends the connections that were reset long enough ago, unless the reset turned out to be none. */
  #endResets(now: PacketTimestamp): void {
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
  #forgetSilent(at: PacketTimestamp): void {
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
  #close(connection: TcpConnection, at: PacketTimestamp, unseen?: TransportEnd): void {
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
  #finish(connection: TcpConnection, side: Side, at: PacketTimestamp): void {
    const half = connection.halves[side];
    this.#order.giveUpAll(connection, side);
    if (half.next === null) return;
    const behindLast = half.last === null ? 0 : distance(half.next, half.last);
    // An acknowledgement counts the FIN as a byte, which may not have been seen either.
    const unseen = half.acknowledged === null ? 0 : distance(half.next, half.acknowledged) - 1;
    const missing = half.last === null ? unseen : behindLast;
    if (missing > 0) connection.tap.gap(side, missing, at);
  }
}

const NOBODY: ConnectionTap = { data() {}, gap() {}, message() {}, end() {} };
