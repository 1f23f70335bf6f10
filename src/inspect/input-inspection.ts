import { CAPTURES } from "../input/capture/capture-formats.js";
import { InputError } from "../input/input-error.js";
import type { ConnectionOptions } from "../protocol/connection-state.js";
import type { Sender } from "../protocol/frame/frame.js";
import { looksLikeFrames } from "../protocol/resync/frame-shape.js";
import type { View } from "../view/view.js";
import { CaptureInspection } from "./capture-inspection.js";
import { Showing, type ShowingOptions } from "./event-presenter.js";
import type { Source } from "./source.js";
import { type Format, holding, isCapture, readSource } from "./source-reader.js";
import { Inspection } from "./stream-inspection.js";

/** How inputs are read and shown. */
export interface InputOptions extends Omit<ConnectionOptions, "stream" | "keep">, ShowingOptions {
  /** Whose bytes these are; `null` to tell by the MASK bit. A capture says it itself. */
  readonly sender: Sender | null;
  /** In a capture, the port whose connections are WebSocket whatever they look like; `null` for none. */
  readonly port: number | null;
  readonly say: (line: string) => void;
  /** Opens the view, once it is known what the first input is. */
  openView(capture: boolean): Promise<OpenedView>;
  /** Is awaited after each chunk of input. */
  afterChunk(): Promise<void>;
}

/** A view, and how many bytes of one payload are kept for it. */
export interface OpenedView {
  readonly view: View;
  readonly keep: number;
}

/** Reads inputs of any format into one view: their bytes make up one stream, their captures one capture. */
export class InputInspection {
  readonly #options: InputOptions;
  #opened: OpenedView | null = null;
  #showing: Showing | null = null;
  #bytes: Inspection | null = null;
  #capture: CaptureInspection | null = null;
  #byteCount = 0;
  #format: Format | null = null;

  constructor(options: InputOptions) {
    this.#options = options;
  }

  /** What was shown so far; `null` before it is known what the input is. */
  get showing(): Showing | null {
    return this.#showing;
  }

  /** What the latest input is in; `null` before that is known. */
  get format(): Format | null {
    return this.#format;
  }

  /**
   * Reads one input.
   *
   * @param format what it is in; `null` to find out
   */
  async read(source: Source, format: Format | null): Promise<void> {
    const { interrupted = () => false } = this.#options;
    if (interrupted()) return;
    try {
      await this.#read(source, format);
    } catch (error) {
      // An input that is interrupted may end anywhere: what came before is shown, and its connections get their verdicts.
      if (!interrupted() || !(error instanceof InputError)) throw error;
    }
  }

  async #read(source: Source, format: Format | null): Promise<void> {
    const { afterChunk, say } = this.#options;
    const { take, release } = holding(source, (bytes) => {
      this.#byteCount += bytes.length;
      this.#bytes?.push(bytes);
    });
    await readSource(source, {
      format,
      captures: CAPTURES,
      open: async (found) => {
        this.#format = found;
        const { view, keep } = await this.#openView(found);
        const how = { ...this.#options, keep };
        if (isCapture(found)) {
          this.#capture ??= new CaptureInspection(view, how, this.#showing ?? undefined);
          return found.open(this.#capture.sink);
        }
        this.#bytes ??= new Inspection(view, how, this.#showing ?? undefined);
        return found.open(take, looksLikeFrames);
      },
      afterChunk,
      say,
    });
    release();
    await afterChunk();
  }

  /** All inputs are read. Throws `InputError` where there was nothing to show. */
  end(): void {
    if (this.#capture !== null) this.#capture.end();
    else if (this.#byteCount === 0)
      throw new InputError("the input holds no bytes", null, "wsframe decode --help tells how bytes are given");
    this.#bytes?.end();
    if (this.#capture?.connections === 0)
      throw new InputError(
        "no WebSocket connection was found in the capture",
        null,
        "--port <n> says on which port there is one",
      );
    this.close();
  }

  /** Closes the view: what was written to it is complete. */
  close(): void {
    this.#opened?.view.close();
    this.#opened = null;
  }

  /** The view, which stays open from one input to the next. */
  async #openView(format: Format): Promise<OpenedView> {
    this.#opened ??= await this.#options.openView(isCapture(format));
    this.#showing ??= new Showing(this.#opened.view, this.#options);
    return this.#opened;
  }
}
