/**
 * Runs steps until one throws. From then on nothing runs: each further step throws the same error again. State that an
 * error left half changed is so never used to report anything.
 */
export class FailStop {
  #failure: { readonly error: unknown } | null = null;

  /** @throws what `step` throws, unchanged, now and at each later call */
  run<T>(step: () => T): T {
    if (this.#failure !== null) throw this.#failure.error;
    try {
      return step();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
