/** The maximum slice to process, in bytes: its content may inflate to a thousand times its size. */
export const MAX_SLICE_BYTES: number = 16 * 1024;
/** The maximum slice to relay, in bytes. */
export const MAX_RELAY_SLICE_BYTES: number = 64 * 1024;
/** The size that slices start with, and the size that they do not go below, in bytes. */
const INITIAL_BYTES = 1024;
const MIN_BYTES = 64;
/** Slices become smaller if one takes longer than this, and larger if one takes less, in milliseconds. */
const MAX_SLICE_MS = 2;
const MIN_SLICE_MS = 0.5;

/**
 * How many bytes of a stream to process at once. One KiB may take a microsecond, or hundreds of milliseconds if it contains
 * many tiny frames or inflates to a megabyte: the size follows the measured time, so that no stream holds up the others.
 */
export class SliceSize {
  readonly #max: number;
  #bytes: number;

  /** @param max the maximum, in bytes */
  constructor(max: number) {
    this.#max = max;
    this.#bytes = Math.min(INITIAL_BYTES, max);
  }

  /** The size of the next slice, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Runs work that a slice causes, and adapts the size to its time. */
  measure(work: () => void): void {
    const start = performance.now();
    work();
    const duration = performance.now() - start;
    if (duration > MAX_SLICE_MS) this.#bytes = Math.max(MIN_BYTES, this.#bytes >> 1);
    else if (duration < MIN_SLICE_MS) this.#bytes = Math.min(this.#max, this.#bytes * 2);
  }
}
