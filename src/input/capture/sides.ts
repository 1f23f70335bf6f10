import type { Side } from "./capture.js";

/** The other end of a connection. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}
