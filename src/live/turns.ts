/** Milliseconds of work after which the event loop gets to other work. */
const MAX_TURN_MS = 10;

/** A reader that waits for its turn. */
interface Waiter {
  /** The number of the latest slice that it was given; 0 for none. */
  latestSlice: number;
  /** Whether it waits already. */
  isWaiting: boolean;
  /** Starts its turn. */
  readonly start: () => void;
}

/**
 * Shares the time among the connections: while several have bytes to process, each gets one slice in turn. The one whose latest
 * slice is longest ago comes first, even if others asked earlier.
 */
export class Turns {
  /** The waiting readers, in the order of their turns. */
  readonly #waiters: Waiter[] = [];
  #sliceCount = 0;
  /** When work started in this iteration of the event loop; `null` if it has not. */
  #workStart: number | null = null;

  /** Whether a reader must wait: others wait, or this iteration of the event loop has used up its time. */
  isOver(): boolean {
    if (this.#waiters.length > 0) return true;
    if (this.#workStart !== null) return performance.now() - this.#workStart > MAX_TURN_MS;
    this.#workStart = performance.now();
    setImmediate(() => {
      this.#workStart = null;
    });
    return false;
  }

  /** Marks that a reader takes a slice now. */
  countSlice(waiter: Waiter): void {
    waiter.latestSlice = ++this.#sliceCount;
  }

  /** Starts a reader's turn when it has come. */
  wait(waiter: Waiter): void {
    if (waiter.isWaiting) return;
    waiter.isWaiting = true;
    const later = this.#waiters.findIndex(({ latestSlice }) => latestSlice > waiter.latestSlice);
    this.#waiters.splice(later < 0 ? this.#waiters.length : later, 0, waiter);
    if (this.#waiters.length === 1) setImmediate(() => this.#startNext());
  }

  #startNext(): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    waiter.isWaiting = false;
    waiter.start();
    if (this.#waiters.length > 0) setImmediate(() => this.#startNext());
  }
}
