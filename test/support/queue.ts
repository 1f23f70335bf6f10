/** Milliseconds after which a test fails that waits for what does not come. */
const MAX_WAIT_MS = 30_000;

/** Waits for what must come: a test that waits in vain fails, and says for what. */
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

/** Things that come one after the other, and are taken one after the other. */
export class Queue<T> {
  readonly #description: string;
  readonly #items: T[] = [];
  readonly #waiters: ((thing: T) => void)[] = [];

  /** @param what they are, for a test that waits for one in vain */
  constructor(what: string) {
    this.#description = what;
  }

  add(thing: T): void {
    const taker = this.#waiters.shift();
    if (taker === undefined) this.#items.push(thing);
    else taker(thing);
  }

  /** The next one, once it is there. */
  next(): Promise<T> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift() as T);
    return waitFor(this.#description, new Promise<T>((resolve) => this.#waiters.push(resolve)));
  }

  /** The next ones, once they are there. */
  async take(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}
