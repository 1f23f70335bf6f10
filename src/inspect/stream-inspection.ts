import { ByteStream } from "../protocol/byte-stream.js";
import { Connection } from "../protocol/connection.js";
import type { ConnectionOptions } from "../protocol/connection-state.js";
import type { Sender } from "../protocol/frame/frame.js";
import type { View } from "../view/view.js";
import { EventPresenter, type PresenterOptions } from "./event-presenter.js";

/** How to read and show the bytes. */
export interface StreamInspectionOptions extends Omit<ConnectionOptions, "stream">, PresenterOptions {
  /** The sender of the frames; `null` to use the MASK bit. */
  readonly sender: Sender | null;
  /** Whether the bytes begin with an HTTP head, even if it is malformed. */
  readonly startsWithHead?: boolean;
}

/** Inspects one byte stream: decodes it, judges its events, and shows both in the view. */
export class StreamInspection {
  readonly #byteStream: ByteStream;
  readonly #options: StreamInspectionOptions;
  readonly #presenter: EventPresenter;
  #connection: Connection | null = null;

  /** @param showing the presenter, which other inputs share */
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

  /** The counts so far. */
  get presenter(): EventPresenter {
    return this.#presenter;
  }

  push(bytes: Uint8Array): void {
    this.#byteStream.push(bytes);
  }

  /** Marks a gap: bytes of the stream are missing here. */
  addGap(length: number): void {
    this.#byteStream.addGap(length);
  }

  end(): void {
    this.#byteStream.end();
    this.#connection?.end();
  }

  /** Starts a connection after the previous one has ended. */
  #startConnection(): Connection {
    this.#connection?.end();
    this.#connection = new Connection(this.#presenter.createSink(), {
      ...this.#options,
      stream: this.#presenter.takeStreamNumber(),
    });
    return this.#connection;
  }
}
