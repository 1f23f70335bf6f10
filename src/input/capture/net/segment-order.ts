import { copyBytes } from "../../../bytes/copy.js";
import { formatCount } from "../../../bytes/size.js";
import { otherSide, type Side } from "../../../protocol/traffic.js";
import { RecentBytes } from "./recent-bytes.js";
import { distance, type Half, isEarly, type Piece, type TcpConnection, Waiting } from "./tcp-connection.js";

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

/** Passes on the bytes of TCP segments in the order of their stream: reordered, repeated, overlapping and lost ones (RFC 9293 §3.4). */
export class SegmentOrder {
  readonly #say: (line: string) => void;
  readonly #recent = new RecentBytes();
  /** Connections on which bytes wait, those first that began to wait first, and what that takes together. */
  readonly #waiting = new Set<TcpConnection>();
  #waitingCost = 0;
  readonly #mostWaiting: number;
  /** Sides whose holes were given up early, since too much waited on all connections together. */
  #hurried = 0;

  /** @param mostWaiting about what may wait behind holes on all connections together, in bytes of memory */
  constructor(say: (line: string) => void, mostWaiting: number = MOST_WAITING_IN_ALL) {
    this.#say = say;
    this.#mostWaiting = mostWaiting;
  }

  /** The next piece of a side, whose bytes may be reused by the caller afterwards. */
  take(connection: TcpConnection, side: Side, piece: Piece): void {
    const half = connection.halves[side];
    // The first bytes of a side that was entered in its middle may be there out of order.
    if (half.next === null || distance(half.next, piece.sequence) > 0 || isEarly(connection, side, piece))
      this.#wait(connection, half, piece);
    else {
      this.#pass(connection, side, piece);
      this.#passWaiting(connection, side);
    }
  }

  /** Gives up holes that nothing will fill: those that the receiver has acknowledged, and those that too much waits behind. */
  giveUpHoles(connection: TcpConnection): void {
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

  /** Nothing more comes of a side: what waits of it is passed on. */
  giveUpAll(connection: TcpConnection, side: Side): void {
    while (connection.halves[side].waiting !== null) this.#skipHole(connection, side);
  }

  /** The capture is over. */
  end(): void {
    if (this.#hurried === 0) return;
    const holes = `missing bytes of ${formatCount(this.#hurried, "TCP stream")} were given up early`;
    this.#say(`${holes}: more than ${formatCount(this.#mostWaiting, "byte")} waited for such bytes`);
  }

  /** Keeps a piece that is ahead of a hole, or of what it answers. */
  #wait(connection: TcpConnection, half: Half, piece: Piece): void {
    const copy = { ...piece, bytes: copyBytes(piece.bytes) };
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
      this.giveUpAll(oldest, side);
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
    this.#say(`a copy of bytes that came before differs from them${where}: the first copy stands`);
  }

  #skipHole(connection: TcpConnection, side: Side): void {
    const half = connection.halves[side];
    const { waiting } = half;
    if (waiting === null) return;
    const first = waiting.pieces[0] as Piece;
    const missing = distance(half.next ?? first.sequence, first.sequence);
    // What waits for bytes of the other side comes behind them, also where those wait behind a hole themselves.
    if (missing <= 0 && half.next !== null && hasHole(connection.halves[otherSide(side)])) {
      this.#skipHole(connection, otherSide(side));
      return;
    }
    if (missing > 0) connection.tap.gap(side, missing, first.at);
    else if (half.next !== null) connection.ordered = false;
    if (missing > 0 || half.next === null) half.next = first.sequence;
    waiting.patience = 0;
    this.#passWaiting(connection, side);
  }
}

/** Whether bytes of a side wait behind a hole, and not only for those of the other side. */
function hasHole({ next, waiting }: Half): boolean {
  const [first] = waiting?.pieces ?? [];
  return next !== null && first !== undefined && distance(next, first.sequence) > 0;
}
