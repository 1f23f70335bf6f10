import { formatCount } from "../bytes/size.js";
import type { Taker } from "./back-pressure.js";
import { type Deferred, deferred } from "./deferred.js";
import type { Outlet } from "./send-queue.js";

/** Bytes that wait for all peers together, at most: then nothing more is read until half of them are gone. */
const MOST_WAITING = 64 * 1024 * 1024;
/** Milliseconds in which a peer must take something while nothing more is read. */
const STUCK_TIME = 3000;
/** Peers that take nothing are left until no more bytes than this wait. */
const FEW_WAITING = MOST_WAITING / 8;

/** The time in which too much waits. */
interface Full extends Deferred {
  readonly timer: NodeJS.Timeout;
}

/** What becomes of a peer that takes nothing while too much waits. */
type Leave = (waiting: number) => void;

/** All bytes that wait for peers. They are bounded together: many slow peers take no more memory than one. */
export class Backlog implements Taker {
  readonly #peers = new Map<Outlet, Leave>();
  #waiting = 0;
  #full: Full | null = null;
  /** How much each peer had taken at the last look. */
  #before = new Map<Outlet, number | null>();

  get behind(): Promise<void> | null {
    return this.#full?.promise ?? null;
  }

  /** @param leave ends the connection of the peer, if it takes nothing while too much waits */
  add(outlet: Outlet, leave: Leave): void {
    this.#peers.set(outlet, leave);
  }

  delete(outlet: Outlet): void {
    this.#peers.delete(outlet);
  }

  /** So many bytes more, or fewer, wait. */
  count(change: number): void {
    this.#waiting += change;
    if (this.#full === null && this.#waiting > MOST_WAITING) this.#begin();
    else if (this.#full !== null && this.#waiting <= MOST_WAITING / 2) this.#end(this.#full);
  }

  #begin(): void {
    this.#look();
    this.#full = { ...deferred(), timer: setInterval(() => this.#leaveStuck(), STUCK_TIME).unref() };
  }

  #end({ resolve, timer }: Full): void {
    clearInterval(timer);
    this.#full = null;
    this.#before.clear();
    resolve();
  }

  #look(): void {
    this.#before = new Map([...this.#peers.keys()].map((outlet) => [outlet, outlet.stalledAt]));
  }

  /** Leaves peers that took nothing since the last look, those first for which most waits, until little enough does. */
  #leaveStuck(): void {
    const stuck = [...this.#peers]
      .filter(([outlet]) => outlet.stalledAt !== null && outlet.stalledAt === this.#before.get(outlet))
      .sort(([a], [b]) => b.waiting - a.waiting);
    let waiting = this.#waiting;
    for (const [outlet, leave] of stuck) {
      if (waiting <= FEW_WAITING) break;
      waiting -= outlet.waiting;
      leave(outlet.waiting);
    }
    this.#look();
  }
}

/** A line about a peer that was left, named by its address. */
export function leftLine(peer: string, waiting: number): string {
  return `disconnected ${peer}: it reads nothing, and ${formatCount(waiting, "byte")} wait for it; all peers together may have 64 MiB`;
}
