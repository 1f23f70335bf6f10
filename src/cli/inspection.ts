import { ByteStream } from "../protocol/byte-stream.js";
import { Connection, type ConnectionOptions, type ConnectionSink } from "../protocol/connection.js";
import type { Sender } from "../protocol/frame.js";
import { type Finding, judgeEnd, judgeFrame, judgeHandshake } from "../rules/judge.js";
import type { View } from "../view/view.js";
import { MessageGrouping } from "./message-grouping.js";
import { say } from "./say.js";
import { EVERYTHING, type Selection } from "./selection.js";

/** How bytes are to be read and shown. */
export interface InspectionOptions extends Omit<ConnectionOptions, "stream"> {
  /** Whose frames the bytes are; `null` to tell by the MASK bit. */
  readonly sender: Sender | null;
  /** What the view is shown; everything when left out. */
  readonly selection?: Selection;
  /** Whether messages are shown in place of their frames. */
  readonly messages?: boolean;
  /** Whether the bytes begin with an HTTP head, whatever that looks like. */
  readonly beginsWithHead?: boolean;
}

/** How much there was, and how much of it was shown. */
interface Counts {
  readonly handshakes: number;
  readonly frames: number;
  /** Frames, messages and handshakes. */
  readonly items: number;
  readonly shown: number;
  /** Whether a payload was not kept in full. */
  readonly cut: boolean;
}

/** The way from bytes to a view: one byte stream is decoded, its events are judged, and the view is shown both. */
export class Inspection {
  readonly #bytes: ByteStream;
  readonly #selection: Selection;
  readonly #grouping: MessageGrouping | null;
  readonly #view: View;
  readonly #options: InspectionOptions;
  #connection: Connection | null = null;
  #streams = 0;
  #broken = false;
  #handshakes = 0;
  #frames = 0;
  #items = 0;
  #shown = 0;
  #cut = false;

  constructor(view: View, options: InspectionOptions) {
    this.#view = view;
    this.#options = options;
    this.#selection = options.selection ?? EVERYTHING;
    this.#grouping = options.messages
      ? new MessageGrouping(
          {
            frame: (event, findings) => this.#show({ frame: event, findings }, () => view.frame(event, findings)),
            message: (event, findings) => this.#show({ message: event, findings }, () => view.message(event, findings)),
          },
          say,
        )
      : null;
    const { sender, beginsWithHead = false } = options;
    this.#bytes = new ByteStream({ sender, beginsWithHead, connection: () => this.#connect() });
  }

  /** Whether a rule of severity `error` was broken so far. */
  get broken(): boolean {
    return this.#broken;
  }

  get counts(): Counts {
    return {
      handshakes: this.#handshakes,
      frames: this.#frames,
      items: this.#items,
      shown: this.#shown,
      cut: this.#cut,
    };
  }

  push(bytes: Uint8Array): void {
    this.#bytes.push(bytes);
  }

  /** Bytes of the stream are missing here. */
  gap(length: number): void {
    this.#bytes.gap(length);
  }

  end(): void {
    this.#bytes.end();
    this.#connection?.end();
  }

  /** The connection that bytes begin: the one before it is over. */
  #connect(): Connection {
    this.#connection?.end();
    this.#connection = new Connection(this.#sink(), { ...this.#options, stream: this.#streams++ });
    return this.#connection;
  }

  #sink(): ConnectionSink {
    const view = this.#view;
    return {
      handshake: (event) => {
        const findings = this.#note(judgeHandshake(event));
        this.#handshakes++;
        this.#show({ handshake: event, findings }, () => view.handshake(event, findings));
      },
      frame: (event) => {
        const findings = this.#note(judgeFrame(event));
        this.#frames++;
        this.#cut ||= event.payloadOmitted > 0 || (event.message?.payloadOmitted ?? 0) > 0;
        if (this.#grouping !== null) this.#grouping.frame(event, findings);
        else this.#show({ frame: event, findings }, () => view.frame(event, findings));
      },
      end: (event) => {
        const findings = this.#note(judgeEnd(event));
        this.#grouping?.end(event);
        if (this.#selection.end(event.stream, findings)) view.end(event, findings);
      },
      closed: (event) => {
        if (this.#selection.whole(event.stream)) view.closed(event);
      },
    };
  }

  #show(item: Parameters<Selection["item"]>[0], show: () => void): void {
    this.#items++;
    if (!this.#selection.item(item)) return;
    this.#shown++;
    show();
  }

  #note(findings: readonly Finding[]): readonly Finding[] {
    this.#broken ||= findings.some(({ rule }) => rule.severity === "error");
    return findings;
  }
}
