import { formatEndpoint } from "../bytes/endpoint-text.js";
import { encodeFrame } from "../protocol/frame/encoder.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { ConnectionReceiver, Side, TransportEnd } from "../protocol/traffic.js";
import type { BackPressure } from "./back-pressure.js";
import { now } from "./clock.js";
import { FrameBoundaryTracker } from "./frame-boundary.js";
import { MAX_RELAY_SLICE_BYTES, readPaced } from "./paced-reader.js";
import { formatDisconnectNote, type SendBudget } from "./send-budget.js";
import { SendQueue } from "./send-queue.js";
import type { TrafficObserver } from "./traffic-observer.js";
import { type Link, onOrderlyEnd, resetConnection } from "./transport.js";

const EMPTY_BYTES = new Uint8Array(0);

/** A side: 0 opened the connection, 1 accepted it. */
interface RelayEnd extends Link {
  /** What goes out to it: it came from the other side. */
  readonly sendQueue: SendQueue;
  /** Follows what it sends, as far as that is passed on. */
  readonly frameBoundary: FrameBoundaryTracker;
}

/**
 * Joins two connections: whatever one side sends, the other receives, byte for byte, and it ends for one side as the other ended
 * it. Bytes are observed once the system has taken them to send; bytes that are not relayed are not shown.
 */
export class Relay {
  readonly #ends: readonly [RelayEnd, RelayEnd];
  readonly #observer: TrafficObserver;
  readonly #sendBudget: SendBudget;
  readonly #receiver: ConnectionReceiver;
  #transportEnd: TransportEnd | null = null;
  #openCount = 2;
  /** The Close frames in the place of each side's, once they are to be sent. */
  #closeFrames: readonly [Uint8Array, Uint8Array] | null = null;
  #notRelayedBytes = 0;
  /** Resolves when both connections are over. */
  readonly closed: Promise<void>;

  /**
   * @param sides the side that opened the connection, and the one that accepted it
   * @param backlog counts what waits for the peers of all relays
   */
  constructor(sides: readonly [Link, Link], watch: TrafficObserver, backlog: SendBudget, tap: ConnectionReceiver) {
    this.#observer = watch;
    this.#sendBudget = backlog;
    this.#receiver = tap;
    this.#ends = [this.#createEnd(sides[0], 1), this.#createEnd(sides[1], 0)];
    this.closed = new Promise((resolve) => {
      for (const side of [0, 1] as const) this.#forward(side, resolve);
    });
  }

  /** Bytes that came after {@link close}, and went nowhere. */
  get notRelayedBytes(): number {
    return this.#notRelayedBytes;
  }

  /**
   * Sends Close to both sides, if they speak WebSocket and no Close was sent. A frame that is being relayed is completed to its
   * end first; nothing else is.
   *
   * @param maskingKey for the frame that the server gets in the client's place
   * @returns whether they speak WebSocket
   */
  close(code: number, maskingKey: number): boolean {
    const payload = Uint8Array.of(code >> 8, code);
    this.#closeFrames = [
      encodeFrame({ opcode: OPCODE.close, payload, maskingKey }),
      encodeFrame({ opcode: OPCODE.close, payload, maskingKey: null }),
    ];
    for (const side of [0, 1] as const) {
      this.#sendClose(side, this.#closeFrames[side]);
      // Its end is waited for, whoever is behind.
      this.#ends[side].sendQueue.ignoreObservers();
      this.#ends[side].stream.resume();
    }
    return this.#isWebSocket;
  }

  get #isWebSocket(): boolean {
    return this.#ends[1].frameBoundary.head?.status === 101;
  }

  /** Ends both connections at once. */
  destroy(): void {
    for (const { stream } of this.#ends) stream.destroy();
  }

  /** How the connection ends: once it is closed from here, it is no side that does. */
  #recordEnd(end: TransportEnd): void {
    this.#transportEnd ??= this.#closeFrames === null ? end : { kind: "open" };
  }

  /** @param from the side whose bytes it gets */
  #createEnd(link: Link, from: Side): RelayEnd {
    const outlet = new SendQueue(link.stream, this.#observer, {
      sent: (bytes) => this.#receiver.data(from, bytes, now()),
      changePending: (change) => this.#sendBudget.changePending(change),
    });
    this.#sendBudget.add(outlet, (waiting) => {
      const { remoteAddress, remotePort } = link.socket;
      this.#observer.note(formatDisconnectNote(formatEndpoint(remoteAddress, remotePort), waiting));
      resetConnection(link);
    });
    return { ...link, sendQueue: outlet, frameBoundary: new FrameBoundaryTracker() };
  }

  /** Ends what a side sends with a Close frame, unless that would cut a frame which is under way. */
  #sendClose(side: Side, frame: Uint8Array): void {
    const { frameBoundary } = this.#ends[side];
    const { sendQueue } = this.#ends[side === 0 ? 1 : 0];
    if (this.#isWebSocket && frameBoundary.isInsideFrame) return;
    if (this.#isWebSocket && frameBoundary.canInsertFrame) sendQueue.write(frame);
    sendQueue.end();
  }

  /** What is passed on of bytes that a side sent: all of them, but once it is closing only the rest of a frame. */
  #selectRelayed(side: Side, bytes: Uint8Array): Uint8Array {
    const { frameBoundary } = this.#ends[side];
    if (this.#closeFrames !== null) return bytes.subarray(0, frameBoundary.pushRestOfFrame(bytes));
    frameBoundary.push(bytes);
    return bytes;
  }

  #forward(side: Side, over: () => void): void {
    const from = this.#ends[side];
    const to = this.#ends[side === 0 ? 1 : 0];
    const takers = [this.#observer, to.sendQueue, this.#sendBudget];
    // Once it is closing, its end is waited for, whoever is behind.
    const awaited = (): readonly BackPressure[] => (this.#closeFrames === null ? takers : []);
    readPaced(
      from.stream,
      awaited,
      (bytes) => {
        const passed = to.sendQueue.isOpen ? this.#selectRelayed(side, bytes) : EMPTY_BYTES;
        this.#notRelayedBytes += bytes.length - passed.length;
        to.sendQueue.write(passed);
        if (this.#closeFrames !== null && to.sendQueue.isOpen) this.#sendClose(side, this.#closeFrames[side]);
      },
      MAX_RELAY_SLICE_BYTES,
    );
    const end = (): void => {
      this.#recordEnd({ kind: "closed", by: side });
      to.sendQueue.end();
    };
    // A side may have ended before the other was there.
    if (from.stream.readableEnded) onOrderlyEnd(from, end);
    else from.stream.on("end", () => onOrderlyEnd(from, end));
    from.stream.on("error", () => {
      this.#recordEnd({ kind: "reset", by: side });
      resetConnection(to);
    });
    from.stream.on("close", () => {
      this.#openCount--;
      this.#sendBudget.delete(from.sendQueue);
      if (!to.stream.destroyed && !from.stream.readableEnded) resetConnection(to);
      if (this.#openCount > 0) return;
      this.#receiver.end(this.#transportEnd ?? { kind: "open" });
      over();
    });
  }
}
