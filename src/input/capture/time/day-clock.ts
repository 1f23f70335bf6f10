import type { ParsedTime } from "./parse-time.js";

const DAY_NANOSECONDS = 86_400n * 1_000_000_000n;

/** Continues times of day past midnight: one that is half a day or more earlier than the previous one is on the next day. */
export class DayClock {
  #days = 0n;
  #lastTime: bigint | null = null;

  addDays({ time, digits }: ParsedTime): ParsedTime {
    if (this.#lastTime !== null && this.#lastTime - time >= DAY_NANOSECONDS / 2n) this.#days++;
    this.#lastTime = time;
    return { time: time + this.#days * DAY_NANOSECONDS, digits };
  }
}
