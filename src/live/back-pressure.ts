/** A consumer that may be slower than its producer. */
export interface BackPressure {
  /** Set while it lags behind; wait for it before reading more. */
  readonly draining: Promise<void> | null;
}
