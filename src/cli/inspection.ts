import { Connection } from "../protocol/connection.js";
import type { Sender } from "../protocol/frame.js";
import type { FrameDecoder } from "../protocol/frame-decoder.js";
import { type Finding, judgeEnd, judgeFrame } from "../rules/judge.js";
import type { View } from "../view/view.js";
import type { Selection } from "./selection.js";

/**
 * The way from bytes to a view: one byte stream of one connection is decoded, its events are judged, and the view is shown
 * both.
 */
export class Inspection {
  readonly #connection: Connection;
  readonly #decoder: FrameDecoder;
  #broken = false;
  #frames = 0;
  #shown = 0;
  #cut = false;

  /**
   * @param sender whose frames the bytes are; `null` to tell by the MASK bit
   * @param keep bytes of one payload that are kept
   * @param selection what the view is shown; `null` for everything
   */
  constructor(view: View, sender: Sender | null, keep: number, selection: Selection | null = null) {
    this.#connection = new Connection(
      {
        frame: (event) => {
          const findings = judgeFrame(event);
          this.#note(findings);
          this.#frames++;
          this.#cut ||= event.payloadOmitted > 0;
          if (selection !== null && !selection.frame(event, findings)) return;
          this.#shown++;
          view.frame(event, findings);
        },
        end: (event) => {
          const findings = judgeEnd(event);
          this.#note(findings);
          if (selection === null || (selection.endFindings && findings.length > 0)) view.end(event, findings);
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

  /** How many frames there were, how many of them were shown, and whether a payload was not kept in full. */
  get counts(): { readonly frames: number; readonly shown: number; readonly cut: boolean } {
    return { frames: this.#frames, shown: this.#shown, cut: this.#cut };
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
