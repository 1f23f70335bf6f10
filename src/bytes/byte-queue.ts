const EMPTY_BYTES = new Uint8Array(0);

/**
 * Bytes that come in pieces of one size and are taken in pieces of another. Those that are not taken yet are kept.
 *
 * The newest piece is read in place. What is left of older pieces is in a buffer of the queue. Bytes of the newest piece are
 * copied there only when they are read together with older ones, or kept. The buffer doubles when it is full, so that each
 * byte is copied only a few times, however small the pieces are.
 */
export class ByteQueue {
  /** The rest of older pieces: from `#keptAt` to `#keptEnd`. */
  #kept: Uint8Array = EMPTY_BYTES;
  #keptAt = 0;
  #keptEnd = 0;
  /** The rest of the newest piece, which follows that: from `#pieceAt` on. */
  #piece: Uint8Array = EMPTY_BYTES;
  #pieceAt = 0;

  /** Bytes that are not taken yet. */
  get length(): number {
    return this.#keptEnd - this.#keptAt + this.#piece.length - this.#pieceAt;
  }

  /** Adds a piece. It is not copied, so it must not change until it is taken or {@link retain} was called. */
  push(piece: Uint8Array): void {
    this.retain();
    this.#piece = piece;
  }

  /** The next bytes, without taking them; fewer than `count` where fewer are left. */
  peek(count: number): Uint8Array {
    const kept = this.#keptEnd - this.#keptAt;
    if (kept === 0) return this.#piece.subarray(this.#pieceAt, this.#pieceAt + count);
    if (kept < count) this.#copyFromPiece(count - kept);
    return this.#kept.subarray(this.#keptAt, Math.min(this.#keptAt + count, this.#keptEnd));
  }

  /** Takes the next bytes; fewer than `count` where fewer are left. They are valid as long as the piece they came in. */
  take(count: number): Uint8Array {
    const taken = this.peek(count);
    this.skip(taken.length);
    return taken;
  }

  /** Takes bytes that {@link peek} returned. */
  skip(count: number): void {
    if (this.#keptEnd === 0) this.#pieceAt += count;
    else {
      this.#keptAt += count;
      if (this.#keptAt === this.#keptEnd) this.#dropBuffer();
    }
  }

  /** Copies what is not taken yet, so that the piece it came in may change or be freed. */
  retain(): void {
    this.#copyFromPiece(this.#piece.length - this.#pieceAt);
    this.#piece = EMPTY_BYTES;
    this.#pieceAt = 0;
  }

  /** Moves up to `count` bytes of the newest piece to the end of the buffer. */
  #copyFromPiece(count: number): void {
    const added = this.#piece.subarray(this.#pieceAt, this.#pieceAt + count);
    if (added.length === 0) return;
    this.#reserve(added.length);
    this.#kept.set(added, this.#keptEnd);
    this.#keptEnd += added.length;
    this.#pieceAt += added.length;
  }

  /** Makes room at the end of the buffer. Bytes that were taken stay valid in the old one. */
  #reserve(count: number): void {
    if (this.#keptEnd + count <= this.#kept.length) return;
    const waiting = this.#kept.subarray(this.#keptAt, this.#keptEnd);
    this.#kept = new Uint8Array(Math.max(waiting.length * 2, waiting.length + count));
    this.#kept.set(waiting);
    this.#keptAt = 0;
    this.#keptEnd = waiting.length;
  }

  /** Frees the empty buffer, which may be large. Bytes that were taken from it stay valid. */
  #dropBuffer(): void {
    this.#kept = EMPTY_BYTES;
    this.#keptAt = 0;
    this.#keptEnd = 0;
  }
}
