import { formatEndpoint } from "../bytes/endpoint-text.js";
import { encodeFrame } from "../protocol/frame/encoder.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { ConnectionTap, Side, TransportEnd } from "../protocol/traffic.js";
import type { Taker } from "./back-pressure.js";
import { now } from "./clock.js";
import { FrameEdge } from "./frame-edge.js";
import { type Link, onceInOrder, reset } from "./link.js";
import { hear, WHOLE } from "./paced-reader.js";
import { type Backlog, leftLine } from "./send-budget.js";
import { Outlet } from "./send-queue.js";
import type { Watch } from "./traffic-observer.js";

const NOTHING = new Uint8Array(0);

/** A side: 0 opened the connection, 1 was asked. */
interface End extends Link {
  /** What goes out to it: it came from the other side. */
  readonly outlet: Outlet;
  /** Follows what it sends, as far as that is passed on. */
  readonly edge: FrameEdge;
}

/**
 * Joins two connections: whatever one side sends, the other receives, byte for byte, and it ends for one side as the other ended
 * it. What is passed on is looked at once the system has taken it; what is not passed on is not shown.
 */
export class Relay {
  readonly #ends: readonly [End, End];
  readonly #watch: Watch;
  readonly #backlog: Backlog;
  readonly #tap: ConnectionTap;
  #ended: TransportEnd | null = null;
  #open = 2;
  /** The Close frames in the place of each side's, once they are to be sent. */
  #closing: readonly [Uint8Array, Uint8Array] | null = null;
  #notRelayed = 0;
  /** Resolves when both connections are over. */
  readonly over: Promise<void>;

  /**
   * @param sides who opened the connection, and who was asked
   * @param backlog counts what waits for the peers of all relays
   */
  constructor(sides: readonly [Link, Link], watch: Watch, backlog: Backlog, tap: ConnectionTap) {
    this.#watch = watch;
    this.#backlog = backlog;
    this.#tap = tap;
    this.#ends = [this.#end(sides[0], 1), this.#end(sides[1], 0)];
    this.over = new Promise((resolve) => {
      for (const side of [0, 1] as const) this.#carry(side, resolve);
    });
  }

  /** Bytes that came after {@link close}, and went nowhere. */
  get notRelayed(): number {
    return this.#notRelayed;
  }

  /**
   * Says Close to both sides, where they speak WebSocket and there was no Close before. A frame that is under way is passed on to its
   * end first; nothing else is.
   *
   * @param maskingKey for the frame that the server gets in the client's place
   * @returns whether they speak WebSocket
   */
  close(code: number, maskingKey: number): boolean {
    const payload = Uint8Array.of(code >> 8, code);
    this.#closing = [
      encodeFrame({ opcode: OPCODE.close, payload, maskingKey }),
      encodeFrame({ opcode: OPCODE.close, payload, maskingKey: null }),
    ];
    for (const side of [0, 1] as const) {
      this.#close(side, this.#closing[side]);
      // Its end is waited for, whoever is behind.
      this.#ends[side].outlet.hurry();
      this.#ends[side].stream.resume();
    }
    return this.#isWebSocket;
  }

  get #isWebSocket(): boolean {
    return this.#ends[1].edge.head?.status === 101;
  }

  /** Ends both connections at once. */
  destroy(): void {
    for (const { stream } of this.#ends) stream.destroy();
  }

  /** How the connection ends: once it is closed from here, it is no side that does. */
  #noteEnd(end: TransportEnd): void {
    this.#ended ??= this.#closing === null ? end : { kind: "open" };
  }

  /** @param from the side whose bytes it gets */
  #end(link: Link, from: Side): End {
    const outlet = new Outlet(link.stream, this.#watch, {
      sent: (bytes) => this.#tap.data(from, bytes, now()),
      waits: (change) => this.#backlog.count(change),
    });
    this.#backlog.add(outlet, (waiting) => {
      const { remoteAddress, remotePort } = link.socket;
      this.#watch.say(leftLine(formatEndpoint(remoteAddress, remotePort), waiting));
      reset(link);
    });
    return { ...link, outlet, edge: new FrameEdge() };
  }

  /** Ends what a side sends with a Close frame, unless that would cut a frame which is under way. */
  #close(side: Side, frame: Uint8Array): void {
    const { edge } = this.#ends[side];
    const { outlet } = this.#ends[side === 0 ? 1 : 0];
    if (this.#isWebSocket && edge.insideFrame) return;
    if (this.#isWebSocket && edge.takesFrame) outlet.write(frame);
    outlet.end();
  }

  /** What is passed on of bytes that a side sent: all of them, but once it is closing only the rest of a frame. */
  #passed(side: Side, bytes: Uint8Array): Uint8Array {
    const { edge } = this.#ends[side];
    if (this.#closing !== null) return bytes.subarray(0, edge.pushRestOfFrame(bytes));
    edge.push(bytes);
    return bytes;
  }

  #carry(side: Side, over: () => void): void {
    const from = this.#ends[side];
    const to = this.#ends[side === 0 ? 1 : 0];
    const takers = [this.#watch, to.outlet, this.#backlog];
    // Once it is closing, its end is waited for, whoever is behind.
    const awaited = (): readonly Taker[] => (this.#closing === null ? takers : []);
    hear(
      from.stream,
      awaited,
      (bytes) => {
        const passed = to.outlet.open ? this.#passed(side, bytes) : NOTHING;
        this.#notRelayed += bytes.length - passed.length;
        to.outlet.write(passed);
        if (this.#closing !== null && to.outlet.open) this.#close(side, this.#closing[side]);
      },
      WHOLE,
    );
    const end = (): void => {
      this.#noteEnd({ kind: "closed", by: side });
      to.outlet.end();
    };
    // A side may have ended before the other was there.
    if (from.stream.readableEnded) onceInOrder(from, end);
    else from.stream.on("end", () => onceInOrder(from, end));
    from.stream.on("error", () => {
      this.#noteEnd({ kind: "reset", by: side });
      reset(to);
    });
    from.stream.on("close", () => {
      this.#open--;
      this.#backlog.delete(from.outlet);
      if (!to.stream.destroyed && !from.stream.readableEnded) reset(to);
      if (this.#open > 0) return;
      this.#tap.end(this.#ended ?? { kind: "open" });
      over();
    });
  }
}
