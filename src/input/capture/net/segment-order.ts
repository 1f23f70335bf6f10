import { copyBytes } from "../../../bytes/copy.js";
import { formatCount } from "../../../bytes/size.js";
import { otherSide, type Side } from "../../../protocol/traffic.js";
import { RecentBytes } from "./recent-bytes.js";
import {
  isEarly,
  sequenceDistance,
  type TcpConnection,
  type TcpPiece,
  type TcpSideState,
  WaitingPieces,
} from "./tcp-connection.js";

/** The most bytes that wait behind a hole. With more, the hole is skipped. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** The most pieces that wait behind a hole. */
const MAX_WAITING_PIECES = 8192;
/** The approximate limit of waiting data on all connections together, and the overhead of a piece, in bytes of memory. */
const MAX_TOTAL_WAITING_BYTES = 64 * 1024 * 1024;
const PIECE_OVERHEAD_BYTES = 400;
/** After this many packets, an acknowledged hole is a loss of the capture. */
const MAX_HOLE_PACKETS = 16;
/** After this many packets, the first bytes of a side that started before the capture are passed on, acknowledged or not. */
const MAX_FIRST_HOLE_PACKETS = 4;

/** Puts the bytes of TCP segments into stream order and handles repeated, overlapping and lost ones (RFC 9293 §3.4). */
export class SegmentOrder {
  readonly #note: (line: string) => void;
  readonly #recentBytes = new RecentBytes();
  /** Connections with waiting bytes, the longest waiting first, and the memory that they take, in bytes. */
  readonly #waitingConnections = new Set<TcpConnection>();
  #waitingBytes = 0;
  readonly #maxWaitingBytes: number;
  /** The number of sides whose holes were skipped early because of the total limit. */
  #forcedSkipCount = 0;

  /** @param maxWaitingBytes the approximate limit of waiting data on all connections together, in bytes of memory */
  constructor(note: (line: string) => void, maxWaitingBytes: number = MAX_TOTAL_WAITING_BYTES) {
    this.#note = note;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** Adds the next piece of a side. The caller may reuse its bytes afterwards. */
  addSegment(connection: TcpConnection, side: Side, piece: TcpPiece): void {
    const half = connection.sides[side];
    // The first bytes of a side that started before the capture may be out of order, unless the other side expects just these.
    if (half.firstAcknowledged === piece.sequence) half.nextSequence ??= piece.sequence;
    if (
      half.nextSequence === null ||
      sequenceDistance(half.nextSequence, piece.sequence) > 0 ||
      isEarly(connection, side, piece)
    )
      this.#holdPiece(connection, half, piece);
    else {
      this.#deliver(connection, side, piece);
      this.#deliverWaiting(connection, side);
    }
  }

  /** Skips holes that nothing will fill: acknowledged ones, and those with too much waiting behind them. */
  skipHoles(connection: TcpConnection): void {
    for (const side of [0, 1] as const) {
      const half = connection.sides[side];
      const { waiting } = half;
      if (waiting === null) continue;
      const first = waiting.pieces[0] as TcpPiece;
      waiting.packetsSinceHole++;
      const received = (number: number): boolean =>
        half.acknowledged !== null && sequenceDistance(number, half.acknowledged) >= 0;
      const isOverdue =
        half.nextSequence === null
          ? isFirstOverdue(half, first, waiting.packetsSinceHole)
          : waiting.packetsSinceHole > MAX_HOLE_PACKETS &&
            (received(first.sequence) || sequenceDistance(half.nextSequence, first.sequence) <= 0);
      if (isOverdue || waiting.bytes > MAX_WAITING_BYTES || waiting.pieces.length > MAX_WAITING_PIECES)
        this.#skipHole(connection, side);
    }
  }

  /** Ends a side: its waiting bytes are passed on. */
  skipAllHoles(connection: TcpConnection, side: Side): void {
    while (connection.sides[side].waiting !== null) this.#skipHole(connection, side);
  }

  /** The capture is over. */
  end(): void {
    if (this.#forcedSkipCount === 0) return;
    const holes = `stopped waiting for missing bytes of ${formatCount(this.#forcedSkipCount, "TCP stream")}`;
    this.#note(`${holes}: later data exceeded the limit of ${formatCount(this.#maxWaitingBytes, "byte")}`);
  }

  /** Keeps a piece that is behind a hole, or ahead of the bytes that it answers. */
  #holdPiece(connection: TcpConnection, half: TcpSideState, piece: TcpPiece): void {
    const copy = { ...piece, bytes: copyBytes(piece.bytes) };
    half.waiting ??= new WaitingPieces();
    const { pieces } = half.waiting;
    // Most pieces arrive in order and go to the end.
    let [from, to] = [0, pieces.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const isLater = sequenceDistance(piece.sequence, (pieces[middle] as TcpPiece).sequence) > 0;
      [from, to] = isLater ? [from, middle] : [middle + 1, to];
    }
    pieces.splice(from, 0, copy);
    half.waiting.bytes += piece.bytes.length;
    this.#waitingConnections.add(connection);
    this.#waitingBytes += piece.bytes.length + PIECE_OVERHEAD_BYTES;
    while (this.#waitingBytes > this.#maxWaitingBytes) this.#skipOldestHoles();
  }

  /** Skips the holes of the connection that has waited longest. */
  #skipOldestHoles(): void {
    const [oldest] = this.#waitingConnections;
    if (oldest === undefined) return;
    for (const side of [0, 1] as const) {
      if (oldest.sides[side].waiting !== null) this.#forcedSkipCount++;
      this.skipAllHoles(oldest, side);
    }
  }

  /** Removes the first waiting piece. */
  #removeFirstWaiting(connection: TcpConnection, half: TcpSideState, waiting: WaitingPieces): void {
    const piece = waiting.pieces.shift() as TcpPiece;
    waiting.bytes -= piece.bytes.length;
    waiting.packetsSinceHole = 0;
    this.#waitingBytes -= piece.bytes.length + PIECE_OVERHEAD_BYTES;
    if (waiting.pieces.length > 0) return;
    half.waiting = null;
    if (connection.sides.every((each) => each.waiting === null)) this.#waitingConnections.delete(connection);
  }

  /** Passes on bytes that need not wait any longer, for both sides in turn, because one side may wait for the other. */
  #deliverWaiting(connection: TcpConnection, side: Side): void {
    if (connection.sides[0].waiting === null && connection.sides[1].waiting === null) return;
    let turn = side;
    for (let idle = 0; idle < 2; turn = otherSide(turn)) idle = this.#deliverReady(connection, turn) ? 0 : idle + 1;
  }

  /** Passes on the waiting bytes of a side up to the next hole; returns whether there were any. */
  #deliverReady(connection: TcpConnection, side: Side): boolean {
    const half = connection.sides[side];
    let passed = false;
    for (let { waiting } = half; waiting !== null; { waiting } = half) {
      const piece = waiting.pieces[0] as TcpPiece;
      if (
        half.nextSequence === null ||
        sequenceDistance(half.nextSequence, piece.sequence) > 0 ||
        isEarly(connection, side, piece)
      )
        break;
      this.#removeFirstWaiting(connection, half, waiting);
      this.#deliver(connection, side, piece);
      passed = true;
    }
    return passed;
  }

  /** Passes on the new bytes of a piece; of repeated bytes, the first copy is used. */
  #deliver(connection: TcpConnection, side: Side, piece: TcpPiece): void {
    const half = connection.sides[side];
    const repeated = -sequenceDistance(half.nextSequence as number, piece.sequence);
    // A keep-alive repeats a byte, whose value does not matter.
    if (repeated > 0 && piece.wireLength > 1) this.#compareCopy(connection, half, piece);
    if (repeated >= piece.wireLength) return;
    const bytes = piece.bytes.subarray(repeated);
    if (bytes.length > 0) {
      half.recentRun = this.#recentBytes.add(half.recentRun, half.nextSequence as number, bytes);
      connection.receiver.data(side, bytes, piece.at);
    }
    const cut = piece.wireLength - repeated - bytes.length;
    if (cut > 0) connection.receiver.gap(side, cut, piece.at);
    half.nextSequence = ((half.nextSequence as number) + bytes.length + cut) | 0;
  }

  /** Reports a copy that differs from the first one. */
  #compareCopy(connection: TcpConnection, { recentRun }: TcpSideState, piece: TcpPiece): void {
    if (connection.hasDifferingCopy || !this.#recentBytes.differs(recentRun, piece.sequence, piece.bytes)) return;
    connection.hasDifferingCopy = true;
    const where = piece.at.packet === null ? "" : ` in packet ${piece.at.packet}`;
    this.#note(`retransmitted bytes differ from the first copy${where}: the first copy is used`);
  }

  #skipHole(connection: TcpConnection, side: Side): void {
    const half = connection.sides[side];
    const { waiting } = half;
    if (waiting === null) return;
    const first = waiting.pieces[0] as TcpPiece;
    const missing = sequenceDistance(half.nextSequence ?? first.sequence, first.sequence);
    // Bytes that wait for the other side follow its bytes, even if those wait behind a hole themselves.
    if (missing <= 0 && half.nextSequence !== null && hasHole(connection.sides[otherSide(side)])) {
      this.#skipHole(connection, otherSide(side));
      return;
    }
    if (missing > 0) connection.receiver.gap(side, missing, first.at);
    else if (half.nextSequence !== null) connection.isOrdered = false;
    if (missing > 0 || half.nextSequence === null) half.nextSequence = first.sequence;
    waiting.packetsSinceHole = 0;
    this.#deliverWaiting(connection, side);
  }
}

/**
 * Whether the first bytes of a side that started before the capture need not wait any longer. If the other side expected
 * earlier ones when the capture began, those may be late.
 */
function isFirstOverdue({ firstAcknowledged }: TcpSideState, { sequence }: TcpPiece, packets: number): boolean {
  if (firstAcknowledged === null) return packets > MAX_FIRST_HOLE_PACKETS;
  return sequenceDistance(firstAcknowledged, sequence) <= 0 || packets > MAX_HOLE_PACKETS;
}

/** Whether bytes of a side wait behind a hole, not only for the other side. */
function hasHole({ nextSequence, waiting }: TcpSideState): boolean {
  const [first] = waiting?.pieces ?? [];
  return nextSequence !== null && first !== undefined && sequenceDistance(nextSequence, first.sequence) > 0;
}
