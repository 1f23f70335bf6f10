/** A ping that no pong has answered yet. */
export interface Ping {
  /** Frame number in the connection. */
  readonly index: number;
  /** Of the frame in its byte stream, and its bytes on the wire. */
  readonly offset: number;
  readonly length: number;
  /** Nanoseconds since 1970; `null` where the input has no times. */
  readonly time: bigint | null;
}

/** How long answers took, in nanoseconds. */
export interface RoundTrip {
  readonly min: bigint;
  readonly max: bigint;
}

/** Pings that are remembered. Without answers, the oldest are forgotten. */
const MAX_REMEMBERED_PINGS = 4096;

/**
 * The pings of one sender, and the pongs that answer them (RFC 6455 §5.5.2, §5.5.3). A pong may answer only the latest of
 * several pings: those before it are answered too.
 */
export class PingTracker {
  /** In the order in which they were sent, by a number that goes up. */
  readonly #pending = new Map<number, { readonly ping: Ping; readonly payload: string }>();
  /** The number of the latest ping that waits with a payload: a flood of pongs costs a look-up each. */
  readonly #latest = new Map<string, number>();
  /** How long the answers took; `null` where the input has no times. */
  roundTrip: RoundTrip | null = null;
  /** How many pings there were. */
  count = 0;
  /** Pings that no pong had answered when they were forgotten. */
  forgotten = 0;
  /** Whether pings were forgotten, so that it is not known what a pong answers. */
  #incomplete = false;
  /** How many pings had a payload, less the pongs that came for it. */
  readonly #unmatched = new Map<string, number>();

  /** The pings that no pong has answered. */
  get pending(): readonly Ping[] {
    return Array.from(this.#pending.values(), ({ ping }) => ping);
  }

  /** @param payload the ping's bytes as a string */
  addPing(ping: Ping, payload: string): void {
    if (this.#pending.size === MAX_REMEMBERED_PINGS) {
      this.#dropFirst();
      this.forgotten++;
      this.#incomplete = true;
    }
    this.#pending.set(this.count, { ping, payload });
    this.#latest.set(payload, this.count++);
    this.#unmatched.set(payload, (this.#unmatched.get(payload) ?? 0) + 1);
    if (this.#unmatched.size <= MAX_REMEMBERED_PINGS) return;
    this.#unmatched.delete(this.#unmatched.keys().next().value as string);
    this.#incomplete = true;
  }

  /** Adds a pong. @returns whether it answers a ping, or may answer one that was forgotten */
  answerPing(payload: string, time: bigint | null): boolean {
    const last = this.#latest.get(payload);
    if (last !== undefined) {
      this.forgotten = 0;
      this.#measure(this.#pending.get(last)?.ping.time ?? null, time);
      while (this.#pending.has(last)) this.#dropFirst();
    }
    const left = this.#unmatched.get(payload) ?? 0;
    if (left > 1) this.#unmatched.set(payload, left - 1);
    else this.#unmatched.delete(payload);
    return left > 0 || this.#incomplete;
  }

  #dropFirst(): void {
    const [first] = this.#pending;
    if (first === undefined) return;
    const [number, { payload }] = first;
    this.#pending.delete(number);
    if (this.#latest.get(payload) === number) this.#latest.delete(payload);
  }

  #measure(asked: bigint | null, answered: bigint | null): void {
    if (asked === null || answered === null) return;
    const took = answered - asked;
    const { min, max } = this.roundTrip ?? { min: took, max: took };
    this.roundTrip = { min: took < min ? took : min, max: took > max ? took : max };
  }
}
