import type { ConnectionTap, TransportEnd } from "../input/capture/capture.js";
import { now } from "./clock.js";
import { type Link, reset } from "./link.js";
import type { Watch } from "./watch.js";

/**
 * Joins two connections: whatever one side sends, the other receives, byte for byte, and it ends for one side as the other ended
 * it. The bytes are passed on first, and looked at afterwards.
 *
 * @param sides who opened the connection, and who was asked
 */
export function relay(sides: readonly [Link, Link], watch: Watch, tap: ConnectionTap): void {
  let ended: TransportEnd | null = null;
  let open = 2;
  for (const side of [0, 1] as const) {
    const from = sides[side];
    const to = sides[side === 0 ? 1 : 0];
    from.stream.on("data", (bytes: Buffer) => {
      if (to.stream.writable && !to.stream.write(bytes)) from.stream.pause();
      tap.data(side, bytes, now());
      holdBack(from, to, watch);
    });
    to.stream.on("drain", () => from.stream.resume());
    from.stream.on("end", () => {
      ended ??= { kind: "closed", by: side };
      if (to.stream.writable) to.stream.end();
    });
    from.stream.on("error", () => {
      ended ??= { kind: "reset", by: side };
      reset(to);
    });
    from.stream.on("close", () => {
      open--;
      if (!to.stream.destroyed && !from.stream.readableEnded) reset(to);
      if (open === 0) tap.end(ended ?? { kind: "open" });
    });
  }
}

/** Reads no more of a side while those who look do not keep up. */
function holdBack(from: Link, to: Link, watch: Watch): void {
  const { behind } = watch;
  if (behind === null) return;
  from.stream.pause();
  void behind.then(() => {
    if (!to.stream.writableNeedDrain) from.stream.resume();
  });
}
