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
  readonly least: bigint;
  readonly most: bigint;
}

/** So many pings are remembered; of a sender that goes on without an answer the oldest are forgotten. */
const MOST = 4096;

/**
 * The pings of one sender, and the pongs that answer them (RFC 6455 §5.5.2, §5.5.3). A pong may answer only the latest of
 * several pings: those before it are answered too.
 */
export class Pings {
  /** Those that no pong has answered, by how many pings came before each: all from `#first` on. */
  readonly #waiting = new Map<number, { readonly ping: Ping; readonly payload: string }>();
  #first = 0;
  /** The latest of them that has a payload. */
  readonly #latest = new Map<string, number>();
  /** How long the answers took; `null` where the input has no times. */
  roundTrip: RoundTrip | null = null;
  /** How many pings there were. */
  count = 0;
  /** Pings that no pong had answered when they were forgotten. */
  forgotten = 0;
  /** How many pings had a payload, less the pongs that came for it. */
  readonly #unmatched = new Map<string, number>();

  /** The pings that no pong has answered. */
  get waiting(): readonly Ping[] {
    return Array.from(this.#waiting.values(), ({ ping }) => ping);
  }

  /** @param payload the ping's bytes as a string */
  sent(ping: Ping, payload: string): void {
    const number = this.count++;
    if (this.#waiting.size === MOST) {
      this.#settle(this.#first);
      this.forgotten++;
    }
    this.#waiting.set(number, { ping, payload });
    this.#latest.set(payload, number);
    this.#unmatched.set(payload, (this.#unmatched.get(payload) ?? 0) + 1);
    if (this.#unmatched.size > MOST) this.#unmatched.delete(this.#unmatched.keys().next().value as string);
  }

  /** A pong came; says whether it answers a ping. */
  answered(payload: string, time: bigint | null): boolean {
    const last = this.#latest.get(payload);
    if (last !== undefined) {
      this.forgotten = 0;
      this.#measure(this.#waiting.get(last)?.ping.time ?? null, time);
      this.#settle(last);
    }
    const left = this.#unmatched.get(payload) ?? 0;
    if (left > 1) this.#unmatched.set(payload, left - 1);
    else this.#unmatched.delete(payload);
    return left > 0;
  }

  /** Those up to a number wait no more. */
  #settle(last: number): void {
    for (; this.#first <= last; this.#first++) {
      const payload = this.#waiting.get(this.#first)?.payload ?? "";
      this.#waiting.delete(this.#first);
      if (this.#latest.get(payload) === this.#first) this.#latest.delete(payload);
    }
  }

  #measure(asked: bigint | null, answered: bigint | null): void {
    if (asked === null || answered === null) return;
    const took = answered - asked;
    const { least, most } = this.roundTrip ?? { least: took, most: took };
    this.roundTrip = { least: took < least ? took : least, most: took > most ? took : most };
  }
}
