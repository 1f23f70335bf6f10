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

/** Bytes that wait behind a hole, at most: what is missing then is given up. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** Pieces that wait there, at most, however little is in them. */
const MAX_WAITING_PIECES = 8192;
/** About what waits on all connections together, at most, in bytes of memory; and what a piece takes beside its bytes. */
const MAX_TOTAL_WAITING_BYTES = 64 * 1024 * 1024;
const PIECE_OVERHEAD_BYTES = 400;
/** Packets of a connection after which a hole that the receiver has acknowledged is one of the capture's. */
const MAX_HOLE_PACKETS = 16;
/** Packets after which the first bytes of a side that was entered in its middle are passed on, acknowledged or not. */
const MAX_FIRST_HOLE_PACKETS = 4;

/** Passes on the bytes of TCP segments in the order of their stream: reordered, repeated, overlapping and lost ones (RFC 9293 §3.4). */
export class SegmentOrder {
  readonly #note: (line: string) => void;
  readonly #recentBytes = new RecentBytes();
  /** Connections on which bytes wait, those first that began to wait first, and what that takes together. */
  readonly #waitingConnections = new Set<TcpConnection>();
  #waitingBytes = 0;
  readonly #maxWaitingBytes: number;
  /** Sides whose holes were given up early, since too much waited on all connections together. */
  #forcedSkipCount = 0;

  /** @param maxWaitingBytes about what may wait behind holes on all connections together, in bytes of memory */
  constructor(note: (line: string) => void, maxWaitingBytes: number = MAX_TOTAL_WAITING_BYTES) {
    this.#note = note;
    this.#maxWaitingBytes = maxWaitingBytes;
  }

  /** The next piece of a side, whose bytes may be reused by the caller afterwards. */
  addSegment(connection: TcpConnection, side: Side, piece: TcpPiece): void {
    const half = connection.sides[side];
    // The first bytes of a side that was entered in its middle may be there out of order.
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

  /** Gives up holes that nothing will fill: those that the receiver has acknowledged, and those that too much waits behind. */
  skipHoles(connection: TcpConnection): void {
    for (const side of [0, 1] as const) {
      const half = connection.sides[side];
      const { waiting } = half;
      if (waiting === null) continue;
      const first = waiting.pieces[0] as TcpPiece;
      waiting.packetsSinceHole++;
      const end = first.sequence + first.wireLength;
      const received = (number: number): boolean =>
        half.acknowledged !== null && sequenceDistance(number, half.acknowledged) >= 0;
      const isOverdue =
        half.nextSequence === null
          ? received(end) || waiting.packetsSinceHole > MAX_FIRST_HOLE_PACKETS
          : waiting.packetsSinceHole > MAX_HOLE_PACKETS &&
            (received(first.sequence) || sequenceDistance(half.nextSequence, first.sequence) <= 0);
      if (isOverdue || waiting.bytes > MAX_WAITING_BYTES || waiting.pieces.length > MAX_WAITING_PIECES)
        this.#skipHole(connection, side);
    }
  }

  /** Nothing more comes of a side: what waits of it is passed on. */
  skipAllHoles(connection: TcpConnection, side: Side): void {
    while (connection.sides[side].waiting !== null) this.#skipHole(connection, side);
  }

  /** The capture is over. */
  end(): void {
    if (this.#forcedSkipCount === 0) return;
    const holes = `stopped waiting for missing bytes of ${formatCount(this.#forcedSkipCount, "TCP stream")}`;
    this.#note(`${holes}: later data exceeded the limit of ${formatCount(this.#maxWaitingBytes, "byte")}`);
  }

  /** Keeps a piece that is ahead of a hole, or of what it answers. */
  #holdPiece(connection: TcpConnection, half: TcpSideState, piece: TcpPiece): void {
    const copy = { ...piece, bytes: copyBytes(piece.bytes) };
    half.waiting ??= new WaitingPieces();
    const { pieces } = half.waiting;
    // Most come in order, and stand at the end.
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

  /** Gives up the holes of the connection that has waited for longest. */
  #skipOldestHoles(): void {
    const [oldest] = this.#waitingConnections;
    if (oldest === undefined) return;
    for (const side of [0, 1] as const) {
      if (oldest.sides[side].waiting !== null) this.#forcedSkipCount++;
      this.skipAllHoles(oldest, side);
    }
  }

  /** Takes the first piece that waits. */
  #removeFirstWaiting(connection: TcpConnection, half: TcpSideState, waiting: WaitingPieces): void {
    const piece = waiting.pieces.shift() as TcpPiece;
    waiting.bytes -= piece.bytes.length;
    waiting.packetsSinceHole = 0;
    this.#waitingBytes -= piece.bytes.length + PIECE_OVERHEAD_BYTES;
    if (waiting.pieces.length > 0) return;
    half.waiting = null;
    if (connection.sides.every((each) => each.waiting === null)) this.#waitingConnections.delete(connection);
  }

  /** Passes on what waits no more, in turns, since what one side sent may have waited for the other's. */
  #deliverWaiting(connection: TcpConnection, side: Side): void {
    if (connection.sides[0].waiting === null && connection.sides[1].waiting === null) return;
    let turn = side;
    for (let idle = 0; idle < 2; turn = otherSide(turn)) idle = this.#deliverReady(connection, turn) ? 0 : idle + 1;
  }

  /** Passes on what waits of a side, as far as nothing is missing before it; says whether there was any. */
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

  /** Passes on what is new in a piece: of what came before, the first copy stands. */
  #deliver(connection: TcpConnection, side: Side, piece: TcpPiece): void {
    const half = connection.sides[side];
    const repeated = -sequenceDistance(half.nextSequence as number, piece.sequence);
    // A keep-alive repeats a byte, and any will do for it.
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

  /** Says when a copy differs from the bytes that came first. */
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
    // What waits for bytes of the other side comes behind them, also where those wait behind a hole themselves.
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

/** Whether bytes of a side wait behind a hole, and not only for those of the other side. */
function hasHole({ nextSequence, waiting }: TcpSideState): boolean {
  const [first] = waiting?.pieces ?? [];
  return nextSequence !== null && first !== undefined && sequenceDistance(nextSequence, first.sequence) > 0;
}
