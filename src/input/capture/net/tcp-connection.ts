import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { ACK, SYN } from "../../../bytes/tcp-packet.js";
import { type ConnectionReceiver, otherSide, type Side, type TransportEnd } from "../../../protocol/traffic.js";
import { NO_RUN } from "./recent-bytes.js";

/** Numbers that are farther than this from those of a connection are those of another on the same ports. */
const MAX_SEQUENCE_DISTANCE = 64 * 1024 * 1024;
/** How far ahead the number of a valid reset may be (RFC 5961 §3.2: inside the window). */
const MAX_RESET_DISTANCE = 1024 * 1024;

/** Bytes of a side, and the sequence number of the first. */
export interface TcpPiece {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Its length on the wire, in bytes: more than was captured if the capture cut it. */
  readonly wireLength: number;
  /** The acknowledgement number of its sender; `null` if it has none. */
  readonly acknowledges: number | null;
  readonly at: PacketTimestamp;
}

/** The pieces of one side that wait, behind a hole or for the bytes that they answer. */
export class WaitingPieces {
  /** In the order of their sequence numbers. */
  readonly pieces: TcpPiece[] = [];
  /** Their length together, in bytes. */
  bytes = 0;
  /** Packets since the hole was seen. */
  packetsSinceHole = 0;
}

/**
 * The state of one side. Sequence numbers are signed 32-bit integers: V8 stores larger ones as objects, which is too
 * much for a million connections.
 */
export class TcpSideState {
  /** Sequence number of its first byte. */
  firstSequence: number | null = null;
  /** Sequence number of the next byte to pass on; `null` until its first packet. */
  nextSequence: number | null = null;
  /** The first and the highest number that the other side acknowledged. Bytes before the first were sent before the capture. */
  firstAcknowledged: number | null = null;
  acknowledged: number | null = null;
  /** The sequence number after its last byte. */
  endSequence: number | null = null;
  /** The sequence number of its reset. */
  resetSequence: number | null = null;
  /** `null` if nothing waits, which is the usual case. */
  waiting: WaitingPieces | null = null;
  /** The number of its latest run in the recent bytes. */
  recentRun: number = NO_RUN;
}

/** A FIN or reset, and its side. */
export type ObservedEnd = Extract<TransportEnd, { readonly by: Side }>;

const NO_ENDS: readonly ObservedEnd[] = [];

export class TcpConnection {
  readonly sides: readonly [TcpSideState, TcpSideState] = [new TcpSideState(), new TcpSideState()];
  readonly key: string;
  /** The side of the lower end. */
  readonly lowerSide: Side;
  receiver: ConnectionReceiver;
  isClosed = false;
  /** The FIN and the reset of each side, in the order of the capture. */
  ends: readonly ObservedEnd[] = NO_ENDS;
  hasDifferingCopy = false;
  /** Whether bytes wait for earlier ones of the other side; not if the capture lacks those. */
  isOrdered = true;

  constructor(key: string, lower: Side, receiver: ConnectionReceiver) {
    this.key = key;
    this.lowerSide = lower;
    this.receiver = receiver;
  }
}

/** How far a sequence number is ahead of another, modulo 2^32; negative if it is behind. */
export function sequenceDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Whether a number is far from those of a side; false if none of its numbers is known. */
export function isFarSequence({ nextSequence }: TcpSideState, number: number): boolean {
  return nextSequence !== null && Math.abs(sequenceDistance(nextSequence, number)) > MAX_SEQUENCE_DISTANCE;
}

/** Whether the capture has bytes before those of the other side that their sender had already received. */
export function isEarly({ sides, isOrdered }: TcpConnection, side: Side, { acknowledges }: TcpPiece): boolean {
  const { nextSequence, endSequence, firstAcknowledged } = sides[otherSide(side)];
  if (!isOrdered || acknowledges === null) return false;
  if (nextSequence === null) return firstAcknowledged !== null && sequenceDistance(firstAcknowledged, acknowledges) > 0;
  // An acknowledgement counts a FIN as a byte.
  return sequenceDistance(nextSequence, acknowledges) > (endSequence === nextSequence ? 1 : 0);
}

/** Whether a segment belongs to a later connection on the same ports, by its SYN or, if that was lost, its numbers. */
export function isNewConnection(
  connection: TcpConnection,
  side: Side,
  flags: number,
  sequence: number,
  acknowledges: number,
  size: number,
): boolean {
  const half = connection.sides[side];
  if (flags & SYN) {
    // The same SYN may be repeated or late.
    const same = half.firstSequence === ((sequence + 1) | 0);
    return flags & ACK ? half.firstSequence !== null && !same : isEnded(connection) || !same;
  }
  if (size === 0 || !isFarSequence(half, sequence)) return false;
  return isEnded(connection) || (flags & ACK) === 0 || isFarSequence(connection.sides[otherSide(side)], acknowledges);
}

/** Whether the other side accepts a reset: its sender sent no byte after it (RFC 5961 §3.2). */
export function isReset({ nextSequence, resetSequence }: TcpSideState): boolean {
  if (resetSequence === null || nextSequence === null) return resetSequence !== null;
  const ahead = sequenceDistance(nextSequence, resetSequence);
  return ahead >= 0 && ahead <= MAX_RESET_DISTANCE;
}

/** Whether a connection is over. Packets that were in flight may still follow. */
export function isEnded({ isClosed, sides }: TcpConnection): boolean {
  return isClosed || sides.some(isReset);
}

export function recordEnd(connection: TcpConnection, end: ObservedEnd): void {
  const { ends } = connection;
  if (!ends.some(({ kind, by }) => kind === end.kind && by === end.by)) connection.ends = [...ends, end];
}

/** What ended a connection first; ignored resets do not count. */
export function findFirstEnd({ ends, sides }: TcpConnection): TransportEnd | undefined {
  return ends.find(({ kind, by }) => kind === "closed" || isReset(sides[by]));
}

export function recordAcknowledgement(half: TcpSideState, number: number): void {
  half.firstAcknowledged ??= number;
  if (half.acknowledged === null || sequenceDistance(half.acknowledged, number) > 0) half.acknowledged = number;
}

export function isSideOver({ endSequence, nextSequence }: TcpSideState): boolean {
  return endSequence !== null && nextSequence !== null && sequenceDistance(nextSequence, endSequence) <= 0;
}
