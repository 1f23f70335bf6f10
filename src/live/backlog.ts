import type { Outlet } from "./outlet.js";
import type { Taker } from "./taker.js";

/** Bytes that wait for all peers together, at most: then nothing more is read until half of them are gone. */
const MOST_WAITING = 64 * 1024 * 1024;
/** Milliseconds in which a peer must take something while nothing more is read. */
const STUCK_TIME = 3000;
/** Peers that take nothing are left until no more bytes than this wait. */
const FEW_WAITING = MOST_WAITING / 8;

/** What becomes of a peer that takes nothing while too much waits. */
type Leave = (waiting: number) => void;

/** All bytes that wait for peers. They are bounded together: many slow peers take no more memory than one. */
export class Backlog implements Taker {
  readonly #peers = new Map<Outlet, Leave>();
  #waiting = 0;
  #full: { readonly over: Promise<void>; readonly resolve: () => void; readonly timer: NodeJS.Timeout } | null = null;
  /** How much each peer had taken at the last look. */
  #before = new Map<Outlet, number | null>();

  get behind(): Promise<void> | null {
    return this.#full?.over ?? null;
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
    let resolve = (): void => {};
    const over = new Promise<void>((done) => {
      resolve = done;
    });
    this.#look();
    this.#full = { over, resolve, timer: setInterval(() => this.#leaveStuck(), STUCK_TIME).unref() };
  }

  #end({ resolve, timer }: { readonly resolve: () => void; readonly timer: NodeJS.Timeout }): void {
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
