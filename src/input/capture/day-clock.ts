import type { Time } from "./times.js";

const DAY = 86_400n * 1_000_000_000n;

/** Follows times of day past midnight: one that is half a day or more earlier than the one before is on the next day. */
export class DayClock {
  #days = 0n;
  #last: bigint | null = null;

  read({ time, digits }: Time): Time {
    if (this.#last !== null && this.#last - time >= DAY / 2n) this.#days++;
    this.#last = time;
    return { time: time + this.#days * DAY, digits };
  }
}
