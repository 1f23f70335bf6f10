/** Something that takes bytes at a pace of its own. */
export interface BackPressure {
  /** Set while it does not keep up: until then, nothing more is to be read for it. */
  readonly draining: Promise<void> | null;
}
