import { FrameDecoder } from "../protocol/frame/decoder.js";
import { OPCODE } from "../protocol/frame/opcode.js";
import type { HttpHead } from "../protocol/handshake/http-head.js";
import { HeadReader } from "./head-reader.js";

/** Follows what one side sends, as far as tells whether another frame may follow: between two frames, and not after a Close. */
export class FrameEdge {
  readonly #head = new HeadReader();
  readonly #decoder: FrameDecoder;
  #first: HttpHead | null = null;
  #lost = false;
  #inside = false;
  #closed = false;
  #read = 0;
  #framed = 0;

  constructor() {
    this.#decoder = new FrameDecoder({
      frameStart: () => {
        this.#inside = true;
      },
      skipsPayload: () => true,
      framePayload() {},
      frameEnd: (frame) => {
        this.#inside = false;
        this.#closed ||= frame.opcode === OPCODE.close;
        this.#framed += frame.headerLength + frame.payloadReceived;
      },
    });
  }

  /** The head that it began with; `null` before that is complete. */
  get head(): HttpHead | null {
    return this.#first;
  }

  /** Whether all frames so far are complete, none of them is a Close, and no part of another is there. */
  get takesFrame(): boolean {
    return this.#first !== null && !this.#lost && !this.#closed && !this.#inside && this.#read === this.#framed;
  }

  /** Whether a part of a frame is there, and more of it may come. */
  get insideFrame(): boolean {
    return this.#first !== null && !this.#lost && !this.#closed && !this.takesFrame;
  }

  /** Takes bytes up to the end of the frame that is under way, and gives how many those were. */
  pushRestOfFrame(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && this.insideFrame) this.push(bytes.subarray(at, ++at));
    return at;
  }

  push(bytes: Uint8Array): void {
    if (this.#lost) return;
    if (this.#first !== null) {
      this.#frames(bytes);
      return;
    }
    const read = this.#head.push(bytes);
    if (read === null) return;
    if (read === "too long") this.#lost = true;
    else {
      this.#first = read.head;
      this.#frames(read.rest);
    }
  }

  #frames(bytes: Uint8Array): void {
    this.#read += bytes.length;
    this.#decoder.push(bytes);
  }
}
