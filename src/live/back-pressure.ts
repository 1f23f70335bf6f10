/** Something that takes bytes at a pace of its own. */
export interface Taker {
  /** Set while it does not keep up: until then, nothing more is to be read for it. */
  readonly behind: Promise<void> | null;
}
