import { readUint32 } from "../../../bytes/data-view.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { formatCount } from "../../../bytes/size.js";
import { ACK, FIN, RST, SYN } from "../../../bytes/tcp-packet.js";
import {
  type ConnectionReceiver,
  otherSide,
  type Side,
  type TrafficSink,
  type TransportEnd,
} from "../../../protocol/traffic.js";
import { NO_TIMESTAMP } from "../time/timestamp.js";
import { computeFlow, TcpConnectionStart } from "./flow.js";
import type { IpPayload } from "./ip.js";
import { PacketDirection } from "./packet-direction.js";
import { NO_RUN } from "./recent-bytes.js";
import { SegmentOrder } from "./segment-order.js";
import {
  findFirstEnd,
  isNewConnection,
  isReset,
  isSideOver,
  recordAcknowledgement,
  recordEnd,
  sequenceDistance,
  TcpConnection,
  type TcpSideState,
} from "./tcp-connection.js";

/** How many finished connections are remembered, so that late copies of their packets start no new ones. */
const MAX_CLOSED_CONNECTIONS = 4096;
/** How long a reset connection is still read for packets in flight, in nanoseconds, and for how many connections. */
const RESET_GRACE_NANOSECONDS = 1_000_000_000n;
const MAX_RESET_CONNECTIONS = 1024;
/** The most connections without any byte: of more, such as in a port scan, the oldest are forgotten. */
const MAX_SILENT_CONNECTIONS = 4096;

/** Separates the TCP connections of a capture, finds the start and end of each, and reassembles their streams (RFC 9293). */
export class TcpReassembly {
  readonly #sink: TrafficSink;
  /** By their flows. */
  readonly #connections = new Map<string, TcpConnection>();
  /** The last two directions that were looked up: both of one connection in the usual case. */
  #recentDirections: readonly [PacketDirection, PacketDirection] = [new PacketDirection(), new PacketDirection()];
  readonly #segmentOrder: SegmentOrder;
  readonly #closed: TcpConnection[] = [];
  /** Connections without any byte, the oldest first. */
  readonly #silent = new Set<TcpConnection>();
  /** Reset connections and the time of the reset: packets in flight may still follow. */
  readonly #resets: { readonly connection: TcpConnection; readonly at: PacketTimestamp }[] = [];
  /** The number of bytes after the end of their connections. */
  #lateBytes = 0;

  /** @param maxWaitingBytes the approximate limit of waiting data on all connections together, in bytes of memory */
  constructor(sink: TrafficSink, maxWaitingBytes?: number) {
    this.#sink = sink;
    this.#segmentOrder = new SegmentOrder((line) => sink.note(line), maxWaitingBytes);
  }

  /** The next segment of the capture. */
  addSegment(packet: IpPayload, at: PacketTimestamp): void {
    const { addresses, bytes, length } = packet;
    const headerLength = ((bytes[12] ?? 0) >> 4) * 4;
    // A truncated header, or one longer than its segment, is unusable.
    if (headerLength < 20 || bytes.length < headerLength) return;
    if (this.#resets.length > 0) this.#endResetConnections(at);
    const flags = bytes[13] as number;
    const size = Math.max(0, length - headerLength);
    const sequence = readUint32(bytes, 4) | 0;
    const ports = readUint32(bytes, 0);
    const acknowledged = readUint32(bytes, 8) | 0;
    const direction = this.#findDirection(addresses, ports);
    const known = direction.connection;
    if (known !== null && isNewConnection(known, direction.side, flags, sequence, acknowledged, size)) {
      this.#closeReused(known);
      direction.connection = null;
    }
    if (direction.connection === null) {
      // A segment that neither opens a connection nor carries data does not belong to a new stream.
      if (size === 0 && (flags & SYN) === 0) return;
      this.#openConnection(direction, flags);
      this.#forgetSilent(at);
    }
    const connection = direction.connection as unknown as TcpConnection;
    const { side } = direction;
    if (size > 0 && this.#silent.size > 0) this.#silent.delete(connection);
    const half = connection.sides[side];
    const other = connection.sides[otherSide(side)];
    const first = flags & SYN ? (sequence + 1) | 0 : sequence;
    if (connection.isClosed) {
      this.#countLate(half, first, size);
      return;
    }
    half.firstSequence ??= first;
    if (flags & SYN) half.nextSequence ??= first;
    if (flags & ACK && !(flags & RST)) recordAcknowledgement(other, acknowledged);
    this.#segmentOrder.skipHoles(connection);
    const acknowledges = flags & ACK ? acknowledged : null;
    if (size > 0)
      this.#segmentOrder.addSegment(connection, side, {
        sequence: first,
        bytes: bytes.subarray(headerLength),
        wireLength: size,
        acknowledges,
        at,
      });
    if (flags & FIN) {
      recordEnd(connection, { kind: "closed", by: side });
      half.endSequence = (first + size) | 0;
      // A side that closed with a FIN did not reset.
      half.resetSequence = null;
    }
    if (flags & RST) this.#recordReset(connection, side, first, at);
    if (connection.sides.every(isSideOver) || connection.sides.every(isReset)) this.#close(connection, at);
  }

  /** The capture is over. */
  end(at: PacketTimestamp): void {
    for (const connection of this.#connections.values()) this.#close(connection, at, { kind: "open" });
    this.#connections.clear();
    if (this.#lateBytes > 0)
      this.#sink.note(`${formatCount(this.#lateBytes, "byte")} skipped: they came after the end of their connection`);
    this.#segmentOrder.end();
  }

  /** The direction of packets, with its connection if it is known. It is usually one of the last two. */
  #findDirection(addresses: Uint8Array, ports: number): PacketDirection {
    const [last, before] = this.#recentDirections;
    if (last.connection !== null && last.matches(addresses, ports)) return last;
    this.#recentDirections = [before, last];
    if (before.connection !== null && before.matches(addresses, ports)) return before;
    const { key, isFromLower } = computeFlow(addresses, ports);
    before.set(addresses, ports, key, isFromLower, this.#connections.get(key) ?? null);
    return before;
  }

  /** Starts a connection with a packet of a direction. */
  #openConnection(direction: PacketDirection, flags: number): void {
    const { key, isFromLower } = direction;
    direction.side = (flags & (SYN | ACK)) === (SYN | ACK) ? 1 : 0;
    const lower = isFromLower ? direction.side : otherSide(direction.side);
    const receiver = this.#sink.connection(new TcpConnectionStart(key, lower, (flags & SYN) !== 0));
    const connection = new TcpConnection(key, lower, receiver);
    direction.connection = connection;
    this.#connections.set(key, connection);
    this.#silent.add(connection);
  }

  /** A side resets the connection. Data that the other side sent before it noticed may follow. */
  #recordReset(connection: TcpConnection, by: Side, sequence: number, at: PacketTimestamp): void {
    const half = connection.sides[by];
    recordEnd(connection, { kind: "reset", by });
    if (half.resetSequence === null) this.#resets.push({ connection, at });
    if (half.resetSequence === null || sequenceDistance(half.resetSequence, sequence) > 0)
      half.resetSequence = sequence;
  }

  /** Ends the connections that were reset long enough ago, unless the reset was not valid. */
  #endResetConnections(now: PacketTimestamp): void {
    for (let [oldest] = this.#resets; oldest !== undefined; [oldest] = this.#resets) {
      const { connection, at } = oldest;
      const isLong = at.time !== null && now.time !== null && now.time - at.time > RESET_GRACE_NANOSECONDS;
      if (!isLong && this.#resets.length <= MAX_RESET_CONNECTIONS) return;
      this.#resets.shift();
      if (connection.sides.some(isReset)) this.#close(connection, now);
      else for (const half of connection.sides) half.resetSequence = null;
    }
  }

  /** Counts new bytes after the end of the connection. */
  #countLate(half: TcpSideState, first: number, size: number): void {
    const fresh = half.nextSequence === null ? size : Math.min(size, sequenceDistance(half.nextSequence, first + size));
    if (size === 0 || fresh <= 0) return;
    this.#lateBytes += fresh;
    half.nextSequence = (first + size) | 0;
  }

  #closeReused(connection: TcpConnection): void {
    if (!connection.isClosed) this.#close(connection, NO_TIMESTAMP);
    this.#forget(connection);
  }

  /** Forgets the oldest connection without any byte if there are too many. */
  #forgetSilent(at: PacketTimestamp): void {
    if (this.#silent.size <= MAX_SILENT_CONNECTIONS) return;
    const [oldest] = this.#silent;
    if (oldest === undefined) return;
    this.#close(oldest, at, { kind: "open" });
    this.#forget(oldest);
  }

  #forget(connection: TcpConnection): void {
    for (const direction of this.#recentDirections)
      if (direction.connection === connection) direction.connection = null;
    if (this.#connections.get(connection.key) === connection) this.#connections.delete(connection.key);
  }

  /** @param unseen how it ended if the capture has neither FIN nor reset */
  #close(connection: TcpConnection, at: PacketTimestamp, unseen?: TransportEnd): void {
    if (connection.isClosed) return;
    this.#silent.delete(connection);
    for (const side of [0, 1] as const) this.#finishSide(connection, side, at);
    connection.isClosed = true;
    connection.receiver.end(findFirstEnd(connection) ?? unseen);
    // Only its sequence numbers are needed from now on.
    connection.receiver = NULL_RECEIVER;
    for (const half of connection.sides) half.recentRun = NO_RUN;
    this.#closed.push(connection);
    if (this.#closed.length > MAX_CLOSED_CONNECTIONS) this.#forget(this.#closed.shift() as TcpConnection);
  }

  /** A side ends: waiting data is passed on, and the rest is reported as missing. */
  #finishSide(connection: TcpConnection, side: Side, at: PacketTimestamp): void {
    const half = connection.sides[side];
    this.#segmentOrder.skipAllHoles(connection, side);
    if (half.nextSequence === null) return;
    const behindLast = half.endSequence === null ? 0 : sequenceDistance(half.nextSequence, half.endSequence);
    // An acknowledgement counts the FIN as a byte, and the capture may lack the FIN too.
    const unseen = half.acknowledged === null ? 0 : sequenceDistance(half.nextSequence, half.acknowledged) - 1;
    const missing = half.endSequence === null ? unseen : behindLast;
    if (missing > 0) connection.receiver.gap(side, missing, at);
  }
}

const NULL_RECEIVER: ConnectionReceiver = { data() {}, gap() {}, message() {}, end() {} };
