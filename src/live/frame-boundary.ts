import { FrameDecoder } from "../protocol/frame/decoder.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";
import { HeadReader } from "./head-reader.js";

/** Tracks whether a frame may be inserted into one side's bytes: between two frames, and not after a Close. */
export class FrameBoundaryTracker {
  readonly #headReader = new HeadReader();
  readonly #decoder: FrameDecoder;
  #firstHead: HttpHead | null = null;
  #isLost = false;
  #isInsidePayload = false;
  #hasSeenClose = false;
  #readBytes = 0;
  #framedBytes = 0;

  constructor() {
    this.#decoder = new FrameDecoder({
      frameStart: () => {
        this.#isInsidePayload = true;
      },
      skipsPayload: () => true,
      framePayload() {},
      frameEnd: (frame) => {
        this.#isInsidePayload = false;
        this.#hasSeenClose ||= frame.opcode === OPCODE.close;
        this.#framedBytes += frame.headerLength + frame.payloadReceived;
      },
    });
  }

  /** The HTTP head at the start of the bytes; `null` until it is complete. */
  get head(): HttpHead | null {
    return this.#firstHead;
  }

  /** Whether all frames so far are complete, none is a Close, and no other frame has begun. */
  get canInsertFrame(): boolean {
    return (
      this.#firstHead !== null &&
      !this.#isLost &&
      !this.#hasSeenClose &&
      !this.#isInsidePayload &&
      this.#readBytes === this.#framedBytes
    );
  }

  /** Whether the bytes end inside a frame that may still continue. */
  get isInsideFrame(): boolean {
    return this.#firstHead !== null && !this.#isLost && !this.#hasSeenClose && !this.canInsertFrame;
  }

  /** Consumes bytes up to the end of the current frame; returns their number. */
  pushRestOfFrame(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.isInsideFrame) this.push(bytes.subarray(at, ++at));
    return at;
  }

  push(bytes: Uint8Array): void {
    if (this.#isLost) return;
    if (this.#firstHead !== null) {
      this.#pushFrames(bytes);
      return;
    }
    const read = this.#headReader.push(bytes);
    if (read === null) return;
    if (read === "too long") this.#isLost = true;
    else {
      this.#firstHead = read.head;
      this.#pushFrames(read.rest);
    }
  }

  #pushFrames(bytes: Uint8Array): void {
    this.#readBytes += bytes.length;
    this.#decoder.push(bytes);
  }
}
