const EMPTY_BYTES = new Uint8Array(0);

/**
 * Bytes that come in pieces and are taken in others: those that are not taken yet are kept.
 *
 * The newest piece is looked at where it is. What waits of older ones stands in a buffer of the queue's own, to which bytes of
 * the newest are added only as far as they are asked for with them, or kept. It grows by doubling: however small the pieces are,
 * and however large what is waited for, a byte is copied a few times at most.
 */
export class ByteQueue {
  /** What waits of older pieces: from `#keptAt` to `#keptEnd`. */
  #kept: Uint8Array = EMPTY_BYTES;
  #keptAt = 0;
  #keptEnd = 0;
  /** What waits of the newest piece, behind that: from `#pieceAt` on. */
  #piece: Uint8Array = EMPTY_BYTES;
  #pieceAt = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#keptEnd - this.#keptAt + this.#piece.length - this.#pieceAt;
  }

  /** Adds a piece. It is not copied, so it must not change until it is taken or {@link retain} was called. */
  push(piece: Uint8Array): void {
    this.retain();
    this.#piece = piece;
  }

  /** The next bytes, which go on waiting; fewer where fewer wait. */
  peek(count: number): Uint8Array {
    const kept = this.#keptEnd - this.#keptAt;
    if (kept === 0) return this.#piece.subarray(this.#pieceAt, this.#pieceAt + count);
    if (kept < count) this.#copyFromPiece(count - kept);
    return this.#kept.subarray(this.#keptAt, Math.min(this.#keptAt + count, this.#keptEnd));
  }

  /** The next bytes; fewer where fewer wait. They are valid as long as the piece is that they came in. */
  take(count: number): Uint8Array {
    const taken = this.peek(count);
    this.skip(taken.length);
    return taken;
  }

  /** Takes the bytes that {@link peek} gave, or the first of them. */
  skip(count: number): void {
    if (this.#keptEnd === 0) this.#pieceAt += count;
    else {
      this.#keptAt += count;
      if (this.#keptAt === this.#keptEnd) this.#dropBuffer();
    }
  }

  /** Copies what waits, so that the piece it came in may change, and is let go of. */
  retain(): void {
    this.#copyFromPiece(this.#piece.length - this.#pieceAt);
    this.#piece = EMPTY_BYTES;
    this.#pieceAt = 0;
  }

  /** Copies the next bytes of the newest piece, as many as there are of them, behind those that are kept. */
  #copyFromPiece(count: number): void {
    const added = this.#piece.subarray(this.#pieceAt, this.#pieceAt + count);
    if (added.length === 0) return;
    this.#reserve(added.length);
    this.#kept.set(added, this.#keptEnd);
    this.#keptEnd += added.length;
    this.#pieceAt += added.length;
  }

  /** Makes room behind what is kept. What was taken is left behind in the old buffer, where it stays as it is. */
  #reserve(count: number): void {
    if (this.#keptEnd + count <= this.#kept.length) return;
    const waiting = this.#kept.subarray(this.#keptAt, this.#keptEnd);
    this.#kept = new Uint8Array(Math.max(waiting.length * 2, waiting.length + count));
    this.#kept.set(waiting);
    this.#keptAt = 0;
    this.#keptEnd = waiting.length;
  }

  /** Nothing kept waits any more: the buffer, which may be large, belongs to what was taken from it. */
  #dropBuffer(): void {
    this.#kept = EMPTY_BYTES;
    this.#keptAt = 0;
    this.#keptEnd = 0;
  }
}
