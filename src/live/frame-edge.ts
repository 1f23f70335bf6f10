import { FrameDecoder } from "../protocol/frame-decoder.js";
import type { HttpHead } from "../protocol/http-head.js";
import { HeadReader } from "./head-reader.js";

/** Follows what one side sends, as far as tells whether it is between two frames: there, another may be put in. */
export class FrameEdge {
  readonly #head = new HeadReader();
  readonly #decoder: FrameDecoder;
  #first: HttpHead | null = null;
  #lost = false;
  #inside = false;
  #read = 0;
  #framed = 0;

  constructor() {
    this.#decoder = new FrameDecoder({
      frameStart: () => {
        this.#inside = true;
      },
      passesOver: () => true,
      framePayload() {},
      frameEnd: (frame) => {
        this.#inside = false;
        this.#framed += frame.headerLength + frame.payloadReceived;
      },
    });
  }

  /** The head that it began with; `null` before that is complete. */
  get head(): HttpHead | null {
    return this.#first;
  }

  /** Whether all frames so far are complete, and no part of another is there. */
  get between(): boolean {
    return this.#first !== null && !this.#lost && !this.#inside && this.#read === this.#framed;
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
