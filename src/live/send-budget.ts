import { formatCount } from "../bytes/size.js";
import type { BackPressure } from "./back-pressure.js";
import { createDeferred, type Deferred } from "./deferred.js";
import type { SendQueue } from "./send-queue.js";

/** Bytes that wait for all peers together, at most: then nothing more is read until half of them are gone. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** Milliseconds in which a peer must take something while nothing more is read. */
const STUCK_INTERVAL_MS = 3000;
/** Peers that take nothing are left until no more bytes than this wait. */
const LOW_PENDING_BYTES = MAX_PENDING_BYTES / 8;

/** The time in which too much waits. */
interface Overflow extends Deferred {
  readonly timer: NodeJS.Timeout;
}

/** What becomes of a peer that takes nothing while too much waits. */
type DisconnectPeer = (waiting: number) => void;

/** All bytes that wait for peers. They are bounded together: many slow peers take no more memory than one. */
export class SendBudget implements BackPressure {
  readonly #peers = new Map<SendQueue, DisconnectPeer>();
  #pendingBytes = 0;
  #overflow: Overflow | null = null;
  /** How much each peer had taken at the last look. */
  #lastProgress = new Map<SendQueue, number | null>();

  get draining(): Promise<void> | null {
    return this.#overflow?.promise ?? null;
  }

  /** @param leave ends the connection of the peer, if it takes nothing while too much waits */
  add(outlet: SendQueue, leave: DisconnectPeer): void {
    this.#peers.set(outlet, leave);
  }

  delete(outlet: SendQueue): void {
    this.#peers.delete(outlet);
  }

  /** So many bytes more, or fewer, wait. */
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
    this.#lastProgress = new Map([...this.#peers.keys()].map((outlet) => [outlet, outlet.stalledAt]));
  }

  /** Leaves peers that took nothing since the last look, those first for which most waits, until little enough does. */
  #disconnectStuck(): void {
    const stuck = [...this.#peers]
      .filter(([outlet]) => outlet.stalledAt !== null && outlet.stalledAt === this.#lastProgress.get(outlet))
      .sort(([a], [b]) => b.pendingBytes - a.pendingBytes);
    let waiting = this.#pendingBytes;
    for (const [outlet, leave] of stuck) {
      if (waiting <= LOW_PENDING_BYTES) break;
      waiting -= outlet.pendingBytes;
      leave(outlet.pendingBytes);
    }
    this.#recordProgress();
  }
}

/** A line about a peer that was left, named by its address. */
export function formatDisconnectNote(peer: string, waiting: number): string {
  return `disconnected ${peer}: it reads nothing, and ${formatCount(waiting, "byte")} are queued for it (limit for all peers: 64 MiB)`;
}
