import { formatCount } from "../bytes/size.js";
import type { BackPressure } from "./back-pressure.js";
import { createDeferred, type Deferred } from "./deferred.js";
import type { SendQueue } from "./send-queue.js";

/** The limit of pending bytes for all peers together: beyond it, reading pauses until half of them are sent. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** Milliseconds in which a peer must accept some bytes while reading is paused. */
const STUCK_INTERVAL_MS = 3000;
/** Stalled peers are disconnected until at most this many bytes are pending. */
const LOW_PENDING_BYTES = MAX_PENDING_BYTES / 8;

/** A period of over-limit memory use. */
interface Overflow extends Deferred {
  readonly timer: NodeJS.Timeout;
}

/** Disconnects a peer that accepts nothing while the limit is exceeded. */
type DisconnectPeer = (waiting: number) => void;

/** The pending bytes of all peers. They share one limit, so many slow peers take no more memory than one. */
export class SendBudget implements BackPressure {
  readonly #peers = new Map<SendQueue, DisconnectPeer>();
  #pendingBytes = 0;
  #overflow: Overflow | null = null;
  /** The number of bytes that each peer had accepted at the last check. */
  #lastProgress = new Map<SendQueue, number | null>();

  get draining(): Promise<void> | null {
    return this.#overflow?.promise ?? null;
  }

  /** @param disconnect disconnects the peer if it accepts nothing while the limit is exceeded */
  add(queue: SendQueue, disconnect: DisconnectPeer): void {
    this.#peers.set(queue, disconnect);
  }

  delete(queue: SendQueue): void {
    this.#peers.delete(queue);
  }

  /** Adds to the number of pending bytes; negative after bytes were sent. */
  changePending(change: number): void {
    this.#pendingBytes += change;
    if (this.#overflow === null && this.#pendingBytes > MAX_PENDING_BYTES) this.#startOverflow();
    else if (this.#overflow !== null && this.#pendingBytes <= MAX_PENDING_BYTES / 2) this.#endOverflow(this.#overflow);
  }

  #startOverflow(): void {
    this.#recordProgress();
    this.#overflow = {
      ...createDeferred(),
      timer: setInterval(() => this.#disconnectStuck(), STUCK_INTERVAL_MS).unref(),
    };
  }

  #endOverflow({ resolve, timer }: Overflow): void {
    clearInterval(timer);
    this.#overflow = null;
    this.#lastProgress.clear();
    resolve();
  }

  #recordProgress(): void {
    this.#lastProgress = new Map([...this.#peers.keys()].map((queue) => [queue, queue.stalledAt]));
  }

  /** Disconnects peers that accepted nothing since the last check, those with most pending bytes first, until the total is low enough. */
  #disconnectStuck(): void {
    const stuck = [...this.#peers]
      .filter(([queue]) => queue.stalledAt !== null && queue.stalledAt === this.#lastProgress.get(queue))
      .sort(([a], [b]) => b.pendingBytes - a.pendingBytes);
    let waiting = this.#pendingBytes;
    for (const [queue, disconnect] of stuck) {
      if (waiting <= LOW_PENDING_BYTES) break;
      waiting -= queue.pendingBytes;
      disconnect(queue.pendingBytes);
    }
    this.#recordProgress();
  }
}

/** A line that reports a disconnected peer by its address. */
export function formatDisconnectNote(peer: string, waiting: number): string {
  return `disconnected ${peer}: it reads nothing, and ${formatCount(waiting, "byte")} are queued for it (limit for all peers: 64 MiB)`;
}
