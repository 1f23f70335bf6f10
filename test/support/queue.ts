/** Timeout in milliseconds after which a waiting test fails. */
const MAX_WAIT_MS = 30_000;

/** Waits for a promise; on a timeout the test fails and names what was missing. */
export async function waitFor<T>(what: string, promise: Promise<T>, told: () => string = () => ""): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}${told()}`)), MAX_WAIT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A queue of items, read in order. */
export class Queue<T> {
  readonly #description: string;
  readonly #items: T[] = [];
  readonly #waiters: ((thing: T) => void)[] = [];

  /** @param what the items' name, for the error of a timeout */
  constructor(what: string) {
    this.#description = what;
  }

  add(thing: T): void {
    const taker = this.#waiters.shift();
    if (taker === undefined) this.#items.push(thing);
    else taker(thing);
  }

  /** The next item, once it arrives. */
  next(): Promise<T> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift() as T);
    return waitFor(this.#description, new Promise<T>((resolve) => this.#waiters.push(resolve)));
  }

  /** The next items, once they arrive. */
  async take(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}
