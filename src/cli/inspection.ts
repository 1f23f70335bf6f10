import { Connection } from "../protocol/connection.js";
import type { Sender } from "../protocol/frame.js";
import type { FrameDecoder } from "../protocol/frame-decoder.js";
import { type Finding, judgeEnd, judgeFrame } from "../rules/judge.js";
import type { View } from "../view/view.js";

/**
 * The way from bytes to a view: one byte stream of one connection is decoded, its events are judged, and the view is shown
 * both.
 */
export class Inspection {
  readonly #connection: Connection;
  readonly #decoder: FrameDecoder;
  #broken = false;

  /**
   * @param sender whose frames the bytes are; `null` to tell by the MASK bit
   * @param keep bytes of one payload that are kept
   */
  constructor(view: View, sender: Sender | null, keep: number) {
    this.#connection = new Connection(
      {
        frame: (event) => {
          const findings = judgeFrame(event);
          this.#note(findings);
          view.frame(event, findings);
        },
        end: (event) => {
          const findings = judgeEnd(event);
          this.#note(findings);
          view.end(event, findings);
        },
      },
      { stream: 0, keep },
    );
    this.#decoder = this.#connection.open(sender);
  }

  /** Whether a rule of severity `error` was broken so far. */
  get broken(): boolean {
    return this.#broken;
  }

  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
  }

  end(): void {
    this.#decoder.end();
    this.#connection.end();
  }

  #note(findings: readonly Finding[]): void {
    this.#broken ||= findings.some(({ rule }) => rule.severity === "error");
  }
}
