import { formatEndpoint } from "../bytes/endpoint-text.js";
import { encodeFrame } from "../protocol/frame/encoder.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { ConnectionReceiver, Side, TransportEnd } from "../protocol/traffic.js";
import type { BackPressure } from "./back-pressure.js";
import { now } from "./clock.js";
import { FrameBoundaryTracker } from "./frame-boundary.js";
import { readPaced } from "./paced-reader.js";
import { formatDisconnectNote, type SendBudget } from "./send-budget.js";
import { SendQueue } from "./send-queue.js";
import { MAX_RELAY_SLICE_BYTES, SliceSize } from "./slice-size.js";
import type { TrafficObserver } from "./traffic-observer.js";
import { type Link, onOrderlyEnd, resetConnection } from "./transport.js";

const EMPTY_BYTES = new Uint8Array(0);

/** A side: 0 opened the connection, 1 accepted it. */
interface RelayEnd extends Link {
  /** The bytes to send to this side, received from the other side. */
  readonly sendQueue: SendQueue;
  /** The size of the slices of these bytes, which follows the time that the observers take for them. */
  readonly sliceSize: SliceSize;
  /** Tracks the frames in the bytes that this side sent and the relay passed on. */
  readonly frameBoundary: FrameBoundaryTracker;
}

/**
 * Joins two connections: each side receives what the other sends, byte for byte, and each connection ends the same way as the
 * other. Bytes are observed once the system has accepted them for sending; bytes that are not relayed are not shown.
 */
export class Relay {
  readonly #ends: readonly [RelayEnd, RelayEnd];
  readonly #observer: TrafficObserver;
  readonly #sendBudget: SendBudget;
  readonly #receiver: ConnectionReceiver;
  #transportEnd: TransportEnd | null = null;
  #openCount = 2;
  /** The Close frames to send on behalf of each side; `null` until closing. */
  #closeFrames: readonly [Uint8Array, Uint8Array] | null = null;
  #notRelayedBytes = 0;
  /** Resolves when both connections have ended. */
  readonly closed: Promise<void>;

  /**
   * @param sides the side that opened the connection, and the one that accepted it
   * @param sendBudget counts the pending bytes of all relays
   */
  constructor(
    sides: readonly [Link, Link],
    observer: TrafficObserver,
    sendBudget: SendBudget,
    receiver: ConnectionReceiver,
  ) {
    this.#observer = observer;
    this.#sendBudget = sendBudget;
    this.#receiver = receiver;
    this.#ends = [this.#createEnd(sides[0], 1), this.#createEnd(sides[1], 0)];
    this.closed = new Promise((resolve) => {
      for (const side of [0, 1] as const) this.#forward(side, resolve);
    });
  }

  /** The number of bytes that arrived after {@link close} and were dropped. */
  get notRelayedBytes(): number {
    return this.#notRelayedBytes;
  }

  /**
   * Sends Close to both sides if they use WebSocket and no Close was sent. It first completes a frame that is being relayed,
   * and relays nothing else.
   *
   * @param maskingKey masks the Close frame for the server
   * @returns whether the connection is WebSocket
   */
  close(code: number, maskingKey: number): boolean {
    const payload = Uint8Array.of(code >> 8, code);
    this.#closeFrames = [
      encodeFrame({ opcode: OPCODE.close, payload, maskingKey }),
      encodeFrame({ opcode: OPCODE.close, payload, maskingKey: null }),
    ];
    for (const side of [0, 1] as const) {
      this.#sendClose(side, this.#closeFrames[side]);
      // While closing, reading continues even if a consumer lags behind.
      this.#ends[side].sendQueue.ignoreObservers();
      this.#ends[side].stream.resume();
    }
    return this.#isWebSocket;
  }

  get #isWebSocket(): boolean {
    return this.#ends[1].frameBoundary.head?.status === 101;
  }

  /** Closes both connections at once. */
  destroy(): void {
    for (const { stream } of this.#ends) stream.destroy();
  }

  /** Records how the connection ended; after {@link close}, neither side counts as the one that ended it. */
  #recordEnd(end: TransportEnd): void {
    this.#transportEnd ??= this.#closeFrames === null ? end : { kind: "open" };
  }

  /** @param from the side whose bytes this end receives */
  #createEnd(link: Link, from: Side): RelayEnd {
    const sliceSize = new SliceSize(MAX_RELAY_SLICE_BYTES);
    const sendQueue = new SendQueue(link.stream, this.#observer, {
      sent: (bytes) => sliceSize.measure(() => this.#receiver.data(from, bytes, now())),
      changePending: (change) => this.#sendBudget.changePending(change),
    });
    this.#sendBudget.add(sendQueue, (waiting) => {
      const { remoteAddress, remotePort } = link.socket;
      this.#observer.note(formatDisconnectNote(formatEndpoint(remoteAddress, remotePort), waiting));
      resetConnection(link);
    });
    return { ...link, sendQueue, sliceSize, frameBoundary: new FrameBoundaryTracker() };
  }

  /** Ends one side's bytes with a Close frame, unless that would cut a frame. */
  #sendClose(side: Side, frame: Uint8Array): void {
    const { frameBoundary } = this.#ends[side];
    const { sendQueue } = this.#ends[side === 0 ? 1 : 0];
    if (this.#isWebSocket && frameBoundary.isInsideFrame) return;
    if (this.#isWebSocket && frameBoundary.canInsertFrame) sendQueue.write(frame);
    sendQueue.end();
  }

  /** The part of a side's bytes to relay: all of them, or only the rest of the current frame while closing. */
  #selectRelayed(side: Side, bytes: Uint8Array): Uint8Array {
    const { frameBoundary } = this.#ends[side];
    if (this.#closeFrames !== null) return bytes.subarray(0, frameBoundary.pushRestOfFrame(bytes));
    frameBoundary.push(bytes);
    return bytes;
  }

  #forward(side: Side, over: () => void): void {
    const from = this.#ends[side];
    const to = this.#ends[side === 0 ? 1 : 0];
    // Each slice is sent and observed before the next one is read: only then is its time known.
    const relayed: BackPressure = {
      get draining() {
        return to.sendQueue.flushing;
      },
    };
    const consumers = [this.#observer, relayed, this.#sendBudget];
    readPaced(
      from.stream,
      to.sliceSize,
      // While closing, reading continues even if a consumer lags behind.
      () => (this.#closeFrames === null ? consumers : []),
      (bytes) => {
        const passed = to.sendQueue.isOpen ? this.#selectRelayed(side, bytes) : EMPTY_BYTES;
        this.#notRelayedBytes += bytes.length - passed.length;
        to.sendQueue.write(passed);
        if (this.#closeFrames !== null && to.sendQueue.isOpen) this.#sendClose(side, this.#closeFrames[side]);
      },
    );
    const end = (): void => {
      this.#recordEnd({ kind: "closed", by: side });
      to.sendQueue.end();
    };
    // One side may have ended before the other connected.
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
