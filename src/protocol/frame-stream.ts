import type { ConnectionState } from "./connection-state.js";
import { FrameDecoder, type FrameLimit } from "./frame/decoder.js";
import type { Frame, Sender } from "./frame/frame.js";
import { FrameTracker } from "./frame-tracker.js";
import type { Gap, Resumption } from "./gap.js";

/** The frames of one byte stream of a connection: bytes go in, and each frame goes to the connection's sink. */
export class FrameStream {
  readonly #tracker: FrameTracker;
  readonly #decoder: FrameDecoder;

  /**
   * @param sender whose bytes they are; `null` to tell by the MASK bit
   * @param offset of the first byte, in the byte stream
   * @param limit decides where frames end
   */
  constructor(state: ConnectionState, sender: Sender | null, offset: number, limit: FrameLimit | null) {
    this.#tracker = new FrameTracker(state, sender);
    this.#decoder = new FrameDecoder(this.#tracker, offset, limit);
  }

  /** The frame that is being read; `null` between two frames, and inside a header. */
  get openFrame(): Frame | null {
    return this.#decoder.openFrame;
  }

  /** Payload bytes that the frame which is being read still lacks; `null` between two frames, and inside a header. */
  get missingPayload(): number | null {
    return this.#decoder.missingPayload;
  }

  /** Takes the next bytes; says how many. They may be reused by the caller afterwards. */
  push(bytes: Uint8Array): number {
    return this.#decoder.push(bytes);
  }

  /** Leaves out bytes of the stream that are no frames, or are missing. */
  skip(bytes: number): void {
    this.#decoder.skip(bytes);
  }

  /** Bytes are missing: the frame that is being read is cut, and it, or else the next one, shows the gap. */
  addGap(gap: Gap): void {
    this.#tracker.addGap(gap);
    // What the frame is that the gap cuts, its header still tells; of those behind the gap nothing is known.
    this.#decoder.end();
    this.#tracker.startMidStream();
  }

  /** Frames are read on in the middle of the stream: what the next ones belong to, and copy from, is not known. */
  startMidStream(): void {
    this.#tracker.startMidStream();
  }

  /** Behind a gap, frames are read again. */
  resume(resumed: Resumption): void {
    this.#tracker.resume(resumed);
  }

  /** Says that the stream is over; gives the gap that no frame has shown. */
  end(): Gap | null {
    this.#decoder.end();
    return this.#tracker.takeGap();
  }
}
