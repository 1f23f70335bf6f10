/** How many bytes and runs of all streams together are kept; powers of two. */
const RING_BYTES = 8 * 1024 * 1024;
const RING_RUNS = 64 * 1024;
/** How far back in its stream a copy is compared, in bytes and runs. */
const MAX_COMPARED_BYTES = 16 * 1024;
const MAX_COMPARED_RUNS = 256;

/** For a stream without kept bytes. */
export const NO_RUN = -1;

/**
 * The latest bytes of TCP streams, for comparison with retransmitted copies. All streams share one ring buffer, which takes
 * the same memory for one connection and for a million: a stream refers to its latest run of bytes, each run to the previous one.
 */
export class RecentBytes {
  readonly #bytes = new Uint8Array(RING_BYTES);
  /** How many bytes were ever added, and how many runs. */
  #totalBytes = 0;
  #totalRuns = 0;
  /** For each run: its start among all bytes, its length, the sequence number of its first byte, and the previous run. */
  readonly #starts = new Float64Array(RING_RUNS);
  readonly #lengths = new Uint32Array(RING_RUNS);
  readonly #sequences = new Int32Array(RING_RUNS);
  readonly #previousRuns = new Float64Array(RING_RUNS);

  /**
   * Keeps the next bytes of a stream; returns the number of its latest run.
   *
   * @param run its latest run so far
   * @param sequence number of the first byte
   */
  add(run: number, sequence: number, bytes: Uint8Array): number {
    const kept = bytes.length > MAX_COMPARED_BYTES ? bytes.subarray(bytes.length - MAX_COMPARED_BYTES) : bytes;
    const first = (sequence + bytes.length - kept.length) | 0;
    const follows = this.#isKept(run) && this.#sequenceAfter(run) === first;
    const slot = run & (RING_RUNS - 1);
    // Consecutive bytes of one stream extend its latest run.
    const grows = follows && run === this.#totalRuns - 1 && (this.#lengths[slot] as number) < MAX_COMPARED_BYTES;
    const added = grows ? run : this.#totalRuns++;
    if (grows) this.#lengths[slot] = (this.#lengths[slot] as number) + kept.length;
    else {
      const at = added & (RING_RUNS - 1);
      this.#starts[at] = this.#totalBytes;
      this.#lengths[at] = kept.length;
      this.#sequences[at] = first;
      this.#previousRuns[at] = follows ? run : NO_RUN;
    }
    this.#append(kept);
    return added;
  }

  /** Whether a copy differs from the kept bytes. */
  differs(latest: number, sequence: number, copy: Uint8Array): boolean {
    const bytes = this.#bytes;
    let farthest = MAX_COMPARED_BYTES;
    let run = latest;
    for (let left = MAX_COMPARED_RUNS; left > 0 && farthest > 0 && this.#isKept(run); left--) {
      const slot = run & (RING_RUNS - 1);
      const length = this.#lengths[slot] as number;
      // The start of the run in the copy.
      const ahead = ((this.#sequences[slot] as number) - sequence) | 0;
      const from = Math.max(0, -ahead, length - farthest);
      const start = this.#starts[slot] as number;
      for (let i = from; i < length && ahead + i < copy.length; i++)
        if (bytes[(start + i) & (RING_BYTES - 1)] !== copy[ahead + i]) return true;
      if (ahead <= 0) return false;
      farthest -= length;
      run = this.#previousRuns[slot] as number;
    }
    return false;
  }

  #append(bytes: Uint8Array): void {
    const at = this.#totalBytes & (RING_BYTES - 1);
    const first = Math.min(bytes.length, RING_BYTES - at);
    this.#bytes.set(first === bytes.length ? bytes : bytes.subarray(0, first), at);
    if (first < bytes.length) this.#bytes.set(bytes.subarray(first), 0);
    this.#totalBytes += bytes.length;
  }

  /** Whether a run exists and its bytes were not overwritten. */
  #isKept(run: number): boolean {
    if (run < 0 || run < this.#totalRuns - RING_RUNS) return false;
    return this.#totalBytes - (this.#starts[run & (RING_RUNS - 1)] as number) <= RING_BYTES;
  }

  #sequenceAfter(run: number): number {
    const slot = run & (RING_RUNS - 1);
    return ((this.#sequences[slot] as number) + (this.#lengths[slot] as number)) | 0;
  }
}
