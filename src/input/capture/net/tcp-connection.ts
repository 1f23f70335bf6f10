import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { type ConnectionReceiver, otherSide, type Side, type TransportEnd } from "../../../protocol/traffic.js";
import { NO_RUN } from "./recent-bytes.js";
import { ACK, SYN } from "./tcp-flags.js";

/** Numbers that are farther than this from those of a connection are those of another on the same ports. */
const MAX_SEQUENCE_DISTANCE = 64 * 1024 * 1024;
/** Numbers that are farther ahead than this are none that a reset may have (RFC 5961 §3.2 has them in the window). */
const MAX_RESET_DISTANCE = 1024 * 1024;

/** Some bytes of a side, by the sequence number of the first. */
export interface TcpPiece {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Bytes that it had on the wire: more where the capture cut them. */
  readonly wireLength: number;
  /** What its sender had of the other side when it sent this; `null` where it does not say. */
  readonly acknowledges: number | null;
  readonly at: PacketTimestamp;
}

/** What waits of one side, behind a hole, or ahead of what it answers. */
export class WaitingPieces {
  /** By their numbers. */
  readonly pieces: TcpPiece[] = [];
  /** Bytes that they have. */
  bytes = 0;
  /** Packets since the hole was seen. */
  packetsSinceHole = 0;
}

/**
 * What is known of one side. Its numbers are kept as signed 32 bits: a larger one would take an object of its own, of each of a
 * million connections.
 */
export class TcpSideState {
  /** Sequence number of its first byte. */
  firstSequence: number | null = null;
  /** Sequence number of the next byte to pass on; `null` until its first packet. */
  nextSequence: number | null = null;
  /** The highest number that the other side acknowledged. */
  acknowledged: number | null = null;
  /** Sequence number behind its last byte. */
  endSequence: number | null = null;
  /** The sequence number of its reset. */
  resetSequence: number | null = null;
  /** `null` where nothing waits, as nearly always. */
  waiting: WaitingPieces | null = null;
  /** What was passed on last, by its number among the recent bytes. */
  recentRun: number = NO_RUN;
}

/** What of a side ends a connection. */
export type ObservedEnd = Extract<TransportEnd, { readonly by: Side }>;

const NO_ENDS: readonly ObservedEnd[] = [];

export class TcpConnection {
  readonly sides: readonly [TcpSideState, TcpSideState] = [new TcpSideState(), new TcpSideState()];
  readonly key: string;
  /** The side of the lower end. */
  readonly lowerSide: Side;
  receiver: ConnectionReceiver;
  isClosed = false;
  /** What ended it, or was to: the FIN and the reset of each side, in the order seen. */
  ends: readonly ObservedEnd[] = NO_ENDS;
  hasDifferingCopy = false;
  /** Whether bytes wait for those of the other side that their sender had: not where the capture lacks those. */
  isOrdered = true;

  constructor(key: string, lower: Side, receiver: ConnectionReceiver) {
    this.key = key;
    this.lowerSide = lower;
    this.receiver = receiver;
  }
}

/** How far a sequence number is ahead of another, which may be on the other side of their end; negative for behind. */
export function sequenceDistance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Whether a number is far from those of a side; false where none of its are known. */
export function isFarSequence({ nextSequence }: TcpSideState, number: number): boolean {
  return nextSequence !== null && Math.abs(sequenceDistance(nextSequence, number)) > MAX_SEQUENCE_DISTANCE;
}

/** Whether bytes came in the capture before those of the other side that their sender had when it sent them. */
export function isEarly({ sides, isOrdered }: TcpConnection, side: Side, { acknowledges }: TcpPiece): boolean {
  const { nextSequence, endSequence } = sides[otherSide(side)];
  if (!isOrdered || nextSequence === null || acknowledges === null) return false;
  // An acknowledgement counts a FIN as a byte.
  return sequenceDistance(nextSequence, acknowledges) > (endSequence === nextSequence ? 1 : 0);
}

/** Whether a segment on the ports of a connection belongs to a later one: its SYN says so, or, where that was lost, its numbers. */
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
    // The same SYN may come again, or late.
    const same = half.firstSequence === ((sequence + 1) | 0);
    return flags & ACK ? half.firstSequence !== null && !same : isEnded(connection) || !same;
  }
  if (size === 0 || !isFarSequence(half, sequence)) return false;
  return isEnded(connection) || (flags & ACK) === 0 || isFarSequence(connection.sides[otherSide(side)], acknowledges);
}

/** Whether a side's reset is one that the other side heeds: no byte of its sender stands behind it (RFC 5961 §3.2). */
export function isReset({ nextSequence, resetSequence }: TcpSideState): boolean {
  if (resetSequence === null || nextSequence === null) return resetSequence !== null;
  const ahead = sequenceDistance(nextSequence, resetSequence);
  return ahead >= 0 && ahead <= MAX_RESET_DISTANCE;
}

/** Whether a connection is over, though what was in flight may still come. */
export function isEnded({ isClosed, sides }: TcpConnection): boolean {
  return isClosed || sides.some(isReset);
}

export function recordEnd(connection: TcpConnection, end: ObservedEnd): void {
  const { ends } = connection;
  if (!ends.some(({ kind, by }) => kind === end.kind && by === end.by)) connection.ends = [...ends, end];
}

/** What ended a connection first; a reset that nobody heeded did not. */
export function findFirstEnd({ ends, sides }: TcpConnection): TransportEnd | undefined {
  return ends.find(({ kind, by }) => kind === "closed" || isReset(sides[by]));
}

export function recordAcknowledgement(half: TcpSideState, number: number): void {
  if (half.acknowledged === null || sequenceDistance(half.acknowledged, number) > 0) half.acknowledged = number;
}

export function isSideOver({ endSequence, nextSequence }: TcpSideState): boolean {
  return endSequence !== null && nextSequence !== null && sequenceDistance(nextSequence, endSequence) <= 0;
}
