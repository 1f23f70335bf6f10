import type { ConnectionState } from "./connection-state.js";
import { FrameDecoder, type FrameLimit } from "./frame/decoder.js";
import type { Frame, Sender } from "./frame/frame.js";
import { FrameTracker } from "./frame-tracker.js";
import type { Gap, Resumption } from "./gap.js";

/** The frames of one byte stream of a connection: bytes go in, and each frame goes to the connection's sink. */
export class FrameStream {
  readonly #state: ConnectionState;
  readonly #tracker: FrameTracker;
  readonly #decoder: FrameDecoder;

  /**
   * @param sender whose bytes they are; `null` to decide by the MASK bit
   * @param offset of the first byte, in the byte stream
   * @param limit decides where frames end
   */
  constructor(state: ConnectionState, sender: Sender | null, offset: number, limit: FrameLimit | null) {
    this.#state = state;
    this.#tracker = new FrameTracker(state, sender);
    this.#decoder = new FrameDecoder(this.#tracker, offset, limit);
  }

  /** The open frame; `null` between two frames and inside a header. */
  get openFrame(): Frame | null {
    return this.#decoder.openFrame;
  }

  /** Payload bytes of the open frame that have not come yet; `null` between two frames and inside a header. */
  get missingPayload(): number | null {
    return this.#decoder.missingPayload;
  }

  /** Takes the next bytes. The caller may reuse them afterwards. @returns how many were taken */
  push(bytes: Uint8Array): number {
    return this.#state.failStop.run(() => this.#decoder.push(bytes));
  }

  /** Skips bytes of the stream that are not frames, or are missing. */
  skip(bytes: number): void {
    this.#decoder.skip(bytes);
  }

  /** Notes missing bytes: they truncate the open frame. It, or else the next frame, reports the gap. */
  addGap(gap: Gap): void {
    this.#tracker.addGap(gap);
    // The header of the frame that the gap cuts is still valid; frames after the gap may belong to any message.
    this.#end();
    this.#tracker.startMidStream();
  }

  /** Reading continues mid-stream: the message and the compression context of the next frames are unknown. */
  startMidStream(): void {
    this.#tracker.startMidStream();
  }

  /** Frames are read again after a gap. */
  resume(resumed: Resumption): void {
    this.#tracker.resume(resumed);
  }

  /** Ends the stream. @returns the gap that no frame has reported; `null` for none */
  end(): Gap | null {
    this.#end();
    return this.#tracker.takeGap();
  }

  #end(): void {
    this.#state.failStop.run(() => this.#decoder.end());
  }
}
