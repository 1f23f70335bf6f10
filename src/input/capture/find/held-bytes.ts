import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ConnectionReceiver, Side } from "../../../protocol/traffic.js";

/** What one side sent at a moment, or a gap. */
interface HeldPiece {
  /** Its place among the pieces of both sides. */
  readonly order: number;
  readonly at: PacketTimestamp;
  /** A character a byte: a few bytes take ten times as much as an array of their own. */
  text: string;
  /** Bytes that are missing here; then there are none. */
  gap: number;
  next: HeldPiece | null;
}

/** What is held of one side. */
class HeldSide {
  first: HeldPiece | null = null;
  last: HeldPiece | null = null;
  /** Bytes that are held, without those that are missing. */
  bytes = 0;
  /** Bytes of the side before the first one that is held. */
  position = 0;
}

/** About what a piece takes in memory beside its bytes. */
const PIECE_OVERHEAD_BYTES = 160;

/** What the two sides of a connection sent, in order, until it is known what the connection is. */
export class HeldBytes {
  readonly #client = new HeldSide();
  readonly #server = new HeldSide();
  #pieceCount = 0;
  #nextOrder = 0;

  /** Bytes that are held of both sides. */
  get bytes(): number {
    return this.#client.bytes + this.#server.bytes;
  }

  /** About what it takes in memory, in bytes. */
  get memoryBytes(): number {
    return this.bytes + this.#pieceCount * PIECE_OVERHEAD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#pieceCount === 0;
  }

  /** Bytes of a side that are held. */
  sideBytes(side: Side): number {
    return this.#getSide(side).bytes;
  }

  /** Bytes of a side that came before those that are held, missing ones included. */
  sidePosition(side: Side): number {
    return this.#getSide(side).position;
  }

  add(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    this.#getSide(side).bytes += bytes.length;
    this.#append(side, { order: this.#nextOrder++, at, text: decodeLatin1(bytes), gap: 0, next: null });
  }

  /** Gaps of a side that follow one another are held as one, so that any number of them takes no more room. */
  gap(side: Side, length: number, at: PacketTimestamp): void {
    const { last } = this.#getSide(side);
    if (last !== null && last.gap > 0) last.gap += length;
    else this.#append(side, { order: this.#nextOrder++, at, text: "", gap: length, next: null });
  }

  /** The side of the first bytes that are held. */
  get firstSide(): Side | null {
    const client = findFirstBytes(this.#client);
    const server = findFirstBytes(this.#server);
    if (client === null || server === null) return client !== null ? 0 : server !== null ? 1 : null;
    return client.order < server.order ? 0 : 1;
  }

  /** The first bytes of a side that are held, `count` of them at most. */
  peekStart(side: Side, count: number): Uint8Array {
    const texts: string[] = [];
    let length = 0;
    for (let piece = this.#getSide(side).first; piece !== null && length < count; piece = piece.next) {
      texts.push(piece.text.slice(0, count - length));
      length += piece.text.length;
    }
    return Buffer.from(texts.join(""), "latin1");
  }

  /** Lets go of what is held of a side before a position. */
  dropBefore(side: Side, position: number): void {
    const held = this.#getSide(side);
    for (let piece = held.first; piece !== null && held.position < position; piece = held.first) {
      const drop = Math.min(piece.text.length + piece.gap, position - held.position);
      held.position += drop;
      held.bytes -= Math.min(drop, piece.text.length);
      if (drop === piece.text.length + piece.gap) this.#dropFirst(held);
      else {
        piece.text = piece.text.slice(drop);
        piece.gap = Math.max(0, piece.gap - drop);
      }
    }
  }

  /** Lets go of all that a side has before its last gap, which ends what is held of it. */
  dropBeforeLastGap(side: Side): void {
    const held = this.#getSide(side);
    let length = 0;
    for (let piece = held.first; piece !== null && piece !== held.last; piece = piece.next)
      length += piece.text.length + piece.gap;
    this.dropBefore(side, held.position + length);
  }

  /** Lets go of everything. */
  dropAll(): void {
    for (const side of [0, 1] as const) this.dropBefore(side, Number.POSITIVE_INFINITY);
  }

  /** Hands over what is held of both sides, in the order in which it came. */
  replayTo(tap: Pick<ConnectionReceiver, "data" | "gap">): void {
    let [client, server] = [this.#client.first, this.#server.first];
    while (client !== null || server !== null) {
      if (server === null || (client !== null && client.order < server.order)) {
        replayPiece(client as HeldPiece, 0, tap);
        client = (client as HeldPiece).next;
      } else {
        replayPiece(server, 1, tap);
        server = server.next;
      }
    }
  }

  #getSide(side: Side): HeldSide {
    return side === 0 ? this.#client : this.#server;
  }

  #append(side: Side, piece: HeldPiece): void {
    const held = this.#getSide(side);
    if (held.last === null) held.first = piece;
    else held.last.next = piece;
    held.last = piece;
    this.#pieceCount++;
  }

  #dropFirst(held: HeldSide): void {
    held.first = held.first?.next ?? null;
    if (held.first === null) held.last = null;
    this.#pieceCount--;
  }
}

/** A side's first piece that is no gap. */
function findFirstBytes({ first }: HeldSide): HeldPiece | null {
  let piece = first;
  while (piece !== null && piece.gap > 0) piece = piece.next;
  return piece;
}

function replayPiece({ text, gap, at }: HeldPiece, side: Side, tap: Pick<ConnectionReceiver, "data" | "gap">): void {
  if (gap > 0) tap.gap(side, gap, at);
  else tap.data(side, Buffer.from(text, "latin1"), at);
}
