import { decodeLatin1 } from "../../../bytes/latin1.js";
import type { PacketTimestamp } from "../../../bytes/packet-timestamp.js";
import type { ConnectionReceiver, Side } from "../../../protocol/traffic.js";

/** Bytes that one side sent at a moment, or a gap. */
interface HeldPiece {
  /** Its position among the pieces of both sides. */
  readonly order: number;
  readonly at: PacketTimestamp;
  /** The bytes as a string, one character per byte: for a few bytes, a separate array takes ten times as much memory. */
  text: string;
  /** The number of missing bytes; a gap has no bytes. */
  gap: number;
  next: HeldPiece | null;
}

/** The held pieces of one side. */
class HeldSide {
  first: HeldPiece | null = null;
  last: HeldPiece | null = null;
  /** The number of held bytes, without missing ones. */
  bytes = 0;
  /** The number of the side's bytes before the first held one. */
  position = 0;
}

/** The approximate memory overhead of a piece, in bytes. */
const PIECE_OVERHEAD_BYTES = 160;

/** The bytes of both sides in order, held until the protocol is known. */
export class HeldBytes {
  readonly #client = new HeldSide();
  readonly #server = new HeldSide();
  #pieceCount = 0;
  #nextOrder = 0;

  /** The number of held bytes of both sides. */
  get bytes(): number {
    return this.#client.bytes + this.#server.bytes;
  }

  /** The approximate memory use, in bytes. */
  get memoryBytes(): number {
    return this.bytes + this.#pieceCount * PIECE_OVERHEAD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#pieceCount === 0;
  }

  /** The number of held bytes of a side. */
  sideBytes(side: Side): number {
    return this.#getSide(side).bytes;
  }

  /** The number of bytes of a side before the held ones, missing ones included. */
  sidePosition(side: Side): number {
    return this.#getSide(side).position;
  }

  add(side: Side, bytes: Uint8Array, at: PacketTimestamp): void {
    this.#getSide(side).bytes += bytes.length;
    this.#append(side, { order: this.#nextOrder++, at, text: decodeLatin1(bytes), gap: 0, next: null });
  }

  /** Adds a gap. Consecutive gaps of a side are merged, so that any number of them takes no more memory. */
  gap(side: Side, length: number, at: PacketTimestamp): void {
    const { last } = this.#getSide(side);
    if (last !== null && last.gap > 0) last.gap += length;
    else this.#append(side, { order: this.#nextOrder++, at, text: "", gap: length, next: null });
  }

  /** The side that sent the first held bytes. */
  get firstSide(): Side | null {
    const client = findFirstBytes(this.#client);
    const server = findFirstBytes(this.#server);
    if (client === null || server === null) return client !== null ? 0 : server !== null ? 1 : null;
    return client.order < server.order ? 0 : 1;
  }

  /** The first held bytes of a side, at most `count`. */
  peekStart(side: Side, count: number): Uint8Array {
    const texts: string[] = [];
    let length = 0;
    for (let piece = this.#getSide(side).first; piece !== null && length < count; piece = piece.next) {
      texts.push(piece.text.slice(0, count - length));
      length += piece.text.length;
    }
    return Buffer.from(texts.join(""), "latin1");
  }

  /** Drops the held bytes of a side before a position. */
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

  /** Drops all held bytes of a side up to its last gap. */
  dropBeforeLastGap(side: Side): void {
    const held = this.#getSide(side);
    let length = 0;
    for (let piece = held.first; piece !== null && piece !== held.last; piece = piece.next)
      length += piece.text.length + piece.gap;
    this.dropBefore(side, held.position + length);
  }

  /** Drops everything. */
  dropAll(): void {
    for (const side of [0, 1] as const) this.dropBefore(side, Number.POSITIVE_INFINITY);
  }

  /** Passes on the held bytes of both sides, in the order of arrival. */
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

/** A side's first piece that is not a gap. */
function findFirstBytes({ first }: HeldSide): HeldPiece | null {
  let piece = first;
  while (piece !== null && piece.gap > 0) piece = piece.next;
  return piece;
}

function replayPiece({ text, gap, at }: HeldPiece, side: Side, tap: Pick<ConnectionReceiver, "data" | "gap">): void {
  if (gap > 0) tap.gap(side, gap, at);
  else tap.data(side, Buffer.from(text, "latin1"), at);
}
