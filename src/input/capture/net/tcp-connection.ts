import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import { type ConnectionTap, otherSide, type Side, type TransportEnd } from "../../../protocol/traffic.js";
import { NO_RUN } from "./recent-bytes.js";
import { ACK, SYN } from "./tcp-flags.js";

/** Numbers that are farther than this from those of a connection are those of another on the same ports. */
const ELSEWHERE = 64 * 1024 * 1024;
/** Numbers that are farther ahead than this are none that a reset may have (RFC 5961 §3.2 has them in the window). */
const RESET_WINDOW = 1024 * 1024;

/** Some bytes of a side, by the sequence number of the first. */
export interface Piece {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Bytes that it had on the wire: more where the capture cut them. */
  readonly length: number;
  /** What its sender had of the other side when it sent this; `null` where it does not say. */
  readonly acknowledges: number | null;
  readonly at: PacketTimestamp;
}

/** What waits of one side, behind a hole, or ahead of what it answers. */
export class Waiting {
  /** By their numbers. */
  readonly pieces: Piece[] = [];
  /** Bytes that they have. */
  bytes = 0;
  /** Packets since the hole was seen. */
  patience = 0;
}

/**
 * What is known of one side. Its numbers are kept as signed 32 bits: a larger one would take an object of its own, of each of a
 * million connections.
 */
export class Half {
  /** Sequence number of its first byte. */
  first: number | null = null;
  /** Sequence number of the next byte to pass on; `null` until its first packet. */
  next: number | null = null;
  /** The highest number that the other side acknowledged. */
  acknowledged: number | null = null;
  /** Sequence number behind its last byte. */
  last: number | null = null;
  /** The sequence number of its reset. */
  reset: number | null = null;
  /** `null` where nothing waits, as nearly always. */
  waiting: Waiting | null = null;
  /** What was passed on last, by its number among the recent bytes. */
  recent: number = NO_RUN;
}

/** What of a side ends a connection. */
export type SeenEnd = Extract<TransportEnd, { readonly by: Side }>;

const NO_ENDS: readonly SeenEnd[] = [];

export class TcpConnection {
  readonly halves: readonly [Half, Half] = [new Half(), new Half()];
  readonly key: string;
  /** The side of the lower end. */
  readonly lower: Side;
  tap: ConnectionTap;
  closed = false;
  /** What ended it, or was to: the FIN and the reset of each side, in the order seen. */
  ends: readonly SeenEnd[] = NO_ENDS;
  differed = false;
  /** Whether bytes wait for those of the other side that their sender had: not where the capture lacks those. */
  ordered = true;

  constructor(key: string, lower: Side, tap: ConnectionTap) {
    this.key = key;
    this.lower = lower;
    this.tap = tap;
  }
}

/** How far a sequence number is ahead of another, which may be on the other side of their end; negative for behind. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}

/** Whether a number is far from those of a side; false where none of its are known. */
export function isElsewhere({ next }: Half, number: number): boolean {
  return next !== null && Math.abs(distance(next, number)) > ELSEWHERE;
}

/** Whether bytes came in the capture before those of the other side that their sender had when it sent them. */
export function isEarly({ halves, ordered }: TcpConnection, side: Side, { acknowledges }: Piece): boolean {
  const { next, last } = halves[otherSide(side)];
  if (!ordered || next === null || acknowledges === null) return false;
  // An acknowledgement counts a FIN as a byte.
  return distance(next, acknowledges) > (last === next ? 1 : 0);
}

/** Whether a segment on the ports of a connection belongs to a later one: its SYN says so, or, where that was lost, its numbers. */
export function isAnother(
  connection: TcpConnection,
  side: Side,
  flags: number,
  sequence: number,
  acknowledges: number,
  size: number,
): boolean {
  const half = connection.halves[side];
  if (flags & SYN) {
    // The same SYN may come again, or late.
    const same = half.first === ((sequence + 1) | 0);
    return flags & ACK ? half.first !== null && !same : isEnded(connection) || !same;
  }
  if (size === 0 || !isElsewhere(half, sequence)) return false;
  return isEnded(connection) || (flags & ACK) === 0 || isElsewhere(connection.halves[otherSide(side)], acknowledges);
}

/** Whether a side's reset is one that the other side heeds: no byte of its sender stands behind it (RFC 5961 §3.2). */
export function isReset({ next, reset }: Half): boolean {
  if (reset === null || next === null) return reset !== null;
  const ahead = distance(next, reset);
  return ahead >= 0 && ahead <= RESET_WINDOW;
}

/** Whether a connection is over, though what was in flight may still come. */
export function isEnded({ closed, halves }: TcpConnection): boolean {
  return closed || halves.some(isReset);
}

export function noteEnd(connection: TcpConnection, end: SeenEnd): void {
  const { ends } = connection;
  if (!ends.some(({ kind, by }) => kind === end.kind && by === end.by)) connection.ends = [...ends, end];
}

/** What ended a connection first; a reset that nobody heeded did not. */
export function endOf({ ends, halves }: TcpConnection): TransportEnd | undefined {
  return ends.find(({ kind, by }) => kind === "closed" || isReset(halves[by]));
}

export function acknowledge(half: Half, number: number): void {
  if (half.acknowledged === null || distance(half.acknowledged, number) > 0) half.acknowledged = number;
}

export function isOver({ last, next }: Half): boolean {
  return last !== null && next !== null && distance(next, last) <= 0;
}
