import type { ConnectionTap, Side, TransportEnd } from "../input/capture/capture.js";
import { encodeFrame } from "../protocol/frame-encoder.js";
import { OPCODE } from "../protocol/opcode.js";
import { now } from "./clock.js";
import { FrameEdge } from "./frame-edge.js";
import { type Link, onceInOrder, reset } from "./link.js";
import type { Watch } from "./watch.js";

/**
 * Joins two connections: whatever one side sends, the other receives, byte for byte, and it ends for one side as the other ended
 * it. The bytes are passed on first, and looked at afterwards.
 */
export class Relay {
  readonly #sides: readonly [Link, Link];
  readonly #tap: ConnectionTap;
  readonly #edges: readonly [FrameEdge, FrameEdge] = [new FrameEdge(), new FrameEdge()];
  #ended: TransportEnd | null = null;
  #open = 2;
  #closing = false;
  /** Resolves when both connections are over. */
  readonly over: Promise<void>;

  /** @param sides who opened the connection, and who was asked */
  constructor(sides: readonly [Link, Link], watch: Watch, tap: ConnectionTap) {
    this.#sides = sides;
    this.#tap = tap;
    this.over = new Promise((resolve) => {
      for (const side of [0, 1] as const) this.#carry(side, watch, resolve);
    });
  }

  /**
   * Says Close to both sides, where they speak WebSocket and no frame is cut by that; nothing is passed on any more.
   *
   * @param maskingKey for the frame that the server gets in the client's place
   */
  close(code: number, maskingKey: number): void {
    this.#closing = true;
    const payload = Uint8Array.of(code >> 8, code);
    const upgraded = this.#edges[1].head?.status === 101;
    for (const side of [0, 1] as const) {
      const { stream } = this.#sides[side];
      // What a side is told comes in the other's place.
      const from = side === 0 ? 1 : 0;
      if (upgraded && this.#edges[from].between && stream.writable) {
        const frame = encodeFrame({ opcode: OPCODE.close, payload, maskingKey: from === 0 ? maskingKey : null });
        stream.write(frame);
        this.#tap.data(from, frame, now());
      }
      if (stream.writable) stream.end();
    }
  }

  /** Ends both connections at once. */
  destroy(): void {
    for (const { stream } of this.#sides) stream.destroy();
  }

  #carry(side: Side, watch: Watch, over: () => void): void {
    const from = this.#sides[side];
    const to = this.#sides[side === 0 ? 1 : 0];
    from.stream.on("data", (bytes: Buffer) => {
      if (!this.#closing && to.stream.writable && !to.stream.write(bytes)) from.stream.pause();
      this.#tap.data(side, bytes, now());
      this.#edges[side].push(bytes);
      holdBack(from, to, watch);
    });
    to.stream.on("drain", () => {
      if (watch.behind === null) from.stream.resume();
    });
    const end = (): void => {
      this.#ended ??= { kind: "closed", by: side };
      if (to.stream.writable) to.stream.end();
    };
    // A side may have ended before the other was there.
    if (from.stream.readableEnded) onceInOrder(from, end);
    else from.stream.on("end", () => onceInOrder(from, end));
    from.stream.on("error", () => {
      this.#ended ??= { kind: "reset", by: side };
      reset(to);
    });
    from.stream.on("close", () => {
      this.#open--;
      if (!to.stream.destroyed && !from.stream.readableEnded) reset(to);
      if (this.#open > 0) return;
      this.#tap.end(this.#ended ?? { kind: "open" });
      over();
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
