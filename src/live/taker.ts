import type { Readable } from "node:stream";

/** Something that takes bytes at a pace of its own. */
export interface Taker {
  /** Set while it does not keep up: until then, nothing more is to be read for it. */
  readonly behind: Promise<void> | null;
}

/** Reads no more of a stream until all takers of its bytes keep up. */
export function holdBack(stream: Readable, takers: readonly Taker[]): void {
  for (const { behind } of takers) {
    if (behind === null) continue;
    stream.pause();
    void behind.then(() => {
      stream.resume();
      holdBack(stream, takers);
    });
    return;
  }
}
