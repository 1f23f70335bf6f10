import { CAPTURE_FORMATS } from "../input/capture/capture-formats.js";
import { InputError } from "../input/input-error.js";
import type { ConnectionOptions } from "../protocol/connection-state.js";
import type { Sender } from "../protocol/frame/frame.js";
import { looksLikeFrames } from "../protocol/resync/frame-shape.js";
import type { View } from "../view/view.js";
import { CaptureInspection } from "./capture-inspection.js";
import { EventPresenter, type PresenterOptions } from "./event-presenter.js";
import type { Source } from "./source.js";
import { createByteHolder, type Format, isCapture, readSource } from "./source-reader.js";
import { StreamInspection } from "./stream-inspection.js";

/** How to read and show inputs. */
export interface InputInspectionOptions extends Omit<ConnectionOptions, "stream" | "keep">, PresenterOptions {
  /** The sender of the bytes; `null` to use the MASK bit. A capture's own evidence takes precedence. */
  readonly sender: Sender | null;
  /** In a capture, the port whose connections are always treated as WebSocket; `null` for none. */
  readonly port: number | null;
  readonly note: (line: string) => void;
  /** Opens the view, once the format of the first input is known. */
  openView(capture: boolean): Promise<OpenedView>;
  /** Awaited after each chunk of input. */
  afterChunk(): Promise<void>;
}

/** A view, and the maximum number of payload bytes to keep for it. */
export interface OpenedView {
  readonly view: View;
  readonly keep: number;
}

/** Reads inputs of any format into one view: all byte inputs form one stream, and all captures form one capture. */
export class InputInspection {
  readonly #options: InputInspectionOptions;
  #openedView: OpenedView | null = null;
  #presenter: EventPresenter | null = null;
  #streamInspection: StreamInspection | null = null;
  #captureInspection: CaptureInspection | null = null;
  #byteCount = 0;
  #format: Format | null = null;

  constructor(options: InputInspectionOptions) {
    this.#options = options;
  }

  /** The counts so far; `null` until the format of the input is known. */
  get presenter(): EventPresenter | null {
    return this.#presenter;
  }

  /** The format of the latest input; `null` until it is known. */
  get format(): Format | null {
    return this.#format;
  }

  /**
   * Reads one input.
   *
   * @param format the input's format; `null` to detect it
   */
  async read(source: Source, format: Format | null): Promise<void> {
    const { isInterrupted = () => false } = this.#options;
    if (isInterrupted()) return;
    try {
      await this.#readSource(source, format);
    } catch (error) {
      // An interrupted input may end anywhere: the events before it are shown, and its connections get their verdicts.
      if (!isInterrupted() || !(error instanceof InputError)) throw error;
    }
  }

  async #readSource(source: Source, format: Format | null): Promise<void> {
    const { afterChunk, note } = this.#options;
    const { take, release } = createByteHolder(source, (bytes) => {
      this.#byteCount += bytes.length;
      this.#streamInspection?.push(bytes);
    });
    await readSource(source, {
      format,
      captures: CAPTURE_FORMATS,
      open: async (found) => {
        this.#format = found;
        const { view, keep } = await this.#getView(found);
        const how = { ...this.#options, keep };
        if (isCapture(found)) {
          this.#captureInspection ??= new CaptureInspection(view, how, this.#presenter ?? undefined);
          return found.open(this.#captureInspection.sink);
        }
        this.#streamInspection ??= new StreamInspection(view, how, this.#presenter ?? undefined);
        return found.open(take, looksLikeFrames);
      },
      afterChunk,
      note,
    });
    release();
    await afterChunk();
  }

  /** Ends all inputs. Throws `InputError` if there was nothing to show. */
  end(): void {
    if (this.#captureInspection !== null) this.#captureInspection.end();
    else if (this.#byteCount === 0)
      throw new InputError("the input has no bytes", null, "see wsframe decode --help for the notations");
    this.#streamInspection?.end();
    if (this.#captureInspection?.connectionCount === 0)
      throw new InputError("no WebSocket connection in the capture", null, "--port <n> treats a port as WebSocket");
    this.close();
  }

  /** Closes the view, whose output is now complete. */
  close(): void {
    this.#openedView?.view.close();
    this.#openedView = null;
  }

  /** The view, shared by all inputs. */
  async #getView(format: Format): Promise<OpenedView> {
    this.#openedView ??= await this.#options.openView(isCapture(format));
    this.#presenter ??= new EventPresenter(this.#openedView.view, this.#options);
    return this.#openedView;
  }
}
