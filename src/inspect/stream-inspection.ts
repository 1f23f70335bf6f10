import { ByteStream } from "../protocol/byte-stream.js";
import { Connection } from "../protocol/connection.js";
import type { ConnectionOptions } from "../protocol/connection-state.js";
import type { Sender } from "../protocol/frame/frame.js";
import type { View } from "../view/view.js";
import { Showing, type ShowingOptions } from "./event-presenter.js";

/** How bytes are to be read and shown. */
export interface InspectionOptions extends Omit<ConnectionOptions, "stream">, ShowingOptions {
  /** Whose frames the bytes are; `null` to tell by the MASK bit. */
  readonly sender: Sender | null;
  /** Whether the bytes begin with an HTTP head, whatever that looks like. */
  readonly beginsWithHead?: boolean;
}

/** The way from bytes to a view: one byte stream is decoded, its events are judged, and the view is shown both. */
export class Inspection {
  readonly #bytes: ByteStream;
  readonly #options: InspectionOptions;
  readonly #showing: Showing;
  #connection: Connection | null = null;

  /** @param showing the way to the view that is taken by other inputs, too */
  constructor(view: View, options: InspectionOptions, showing: Showing = new Showing(view, options)) {
    this.#options = options;
    this.#showing = showing;
    const { sender, beginsWithHead = false } = options;
    this.#bytes = new ByteStream({ sender, startsWithHead: beginsWithHead, nextConnection: () => this.#connect() });
  }

  /** What was shown so far. */
  get showing(): Showing {
    return this.#showing;
  }

  push(bytes: Uint8Array): void {
    this.#bytes.push(bytes);
  }

  /** Bytes of the stream are missing here. */
  gap(length: number): void {
    this.#bytes.addGap(length);
  }

  end(): void {
    this.#bytes.end();
    this.#connection?.end();
  }

  /** The connection that bytes begin: the one before it is over. */
  #connect(): Connection {
    this.#connection?.end();
    this.#connection = new Connection(this.#showing.sink(), { ...this.#options, stream: this.#showing.nextStream() });
    return this.#connection;
  }
}
