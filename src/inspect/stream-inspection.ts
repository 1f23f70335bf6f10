import { ByteStream } from "../protocol/byte-stream.js";
import { Connection } from "../protocol/connection.js";
import type { ConnectionOptions } from "../protocol/connection-state.js";
import type { Sender } from "../protocol/frame/frame.js";
import type { View } from "../view/view.js";
import { EventPresenter, type PresenterOptions } from "./event-presenter.js";

/** How bytes are to be read and shown. */
export interface StreamInspectionOptions extends Omit<ConnectionOptions, "stream">, PresenterOptions {
  /** Whose frames the bytes are; `null` to use the MASK bit. */
  readonly sender: Sender | null;
  /** Whether the bytes begin with an HTTP head, whatever that looks like. */
  readonly startsWithHead?: boolean;
}

/** The way from bytes to a view: one byte stream is decoded, its events are judged, and the view is shown both. */
export class StreamInspection {
  readonly #byteStream: ByteStream;
  readonly #options: StreamInspectionOptions;
  readonly #presenter: EventPresenter;
  #connection: Connection | null = null;

  /** @param showing the way to the view that is taken by other inputs, too */
  constructor(
    view: View,
    options: StreamInspectionOptions,
    showing: EventPresenter = new EventPresenter(view, options),
  ) {
    this.#options = options;
    this.#presenter = showing;
    const { sender, startsWithHead = false } = options;
    this.#byteStream = new ByteStream({
      sender,
      startsWithHead,
      nextConnection: () => this.#startConnection(),
    });
  }

  /** What was shown so far. */
  get presenter(): EventPresenter {
    return this.#presenter;
  }

  push(bytes: Uint8Array): void {
    this.#byteStream.push(bytes);
  }

  /** Bytes of the stream are missing here. */
  addGap(length: number): void {
    this.#byteStream.addGap(length);
  }

  end(): void {
    this.#byteStream.end();
    this.#connection?.end();
  }

  /** The connection that bytes begin: the one before it is over. */
  #startConnection(): Connection {
    this.#connection?.end();
    this.#connection = new Connection(this.#presenter.createSink(), {
      ...this.#options,
      stream: this.#presenter.takeStreamNumber(),
    });
    return this.#connection;
  }
}
