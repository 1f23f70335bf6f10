import { CaptureInspection } from "../../inspect/capture-inspection.js";
import { observeAll, type TrafficObserver } from "../../live/traffic-observer.js";
import type { ConnectionReceiver, ConnectionStart, TrafficSink } from "../../protocol/traffic.js";
import type { View } from "../../view/view.js";
import type { LiveOptions } from "../options/live-options.js";
import { parseSelection, type SelectionOptions } from "../options/selection.js";
import { parseSizeOption } from "../options/size.js";
import { note } from "../streams/note.js";
import { openView } from "../streams/open-view.js";
import { Output, OutputClosedError } from "../streams/output.js";
import { type Recording, startRecording } from "./recording.js";

/** Delay before a note reports that nobody reads the output, in milliseconds. */
const FLUSH_NOTE_DELAY_MS = 1000;

/** A view of open connections: its output is written at once. */
export class LiveSession implements TrafficObserver {
  readonly #output: Output;
  readonly #view: View;
  readonly #inspection: CaptureInspection;
  readonly #sink: TrafficSink;
  readonly #recordings: readonly Recording[];
  #isDrainPlanned = false;
  #draining: Promise<void> | null = null;
  #onOutputClosed: (() => void) | null = null;
  #writeHooks: { before(): void; after(): void } | null = null;

  private constructor(
    output: Output,
    view: View,
    inspection: CaptureInspection,
    shown: TrafficSink,
    recordings: readonly Recording[],
  ) {
    this.#output = output;
    this.#view = view;
    this.#inspection = inspection;
    this.#recordings = recordings;
    this.#sink = observeAll([shown, ...recordings.map(({ sink }) => sink)], note);
  }

  /**
   * Opens the view that the options select.
   *
   * @param found whether to search for WebSocket connections among others; otherwise all connections are WebSocket
   */
  static async open(options: LiveOptions & SelectionOptions, found: boolean): Promise<LiveSession> {
    const maxPayload = parseSizeOption("--max-payload", options.maxPayload);
    const output = new Output();
    const { view, payloadShown } = await openView(options.to ?? "list", options.color, output);
    const how = {
      inflateLimit: maxPayload,
      extensions: null,
      leaveCompressed: !options.inflate,
      port: null,
      live: true,
      note,
    };
    const inspection = new CaptureInspection(view, {
      ...how,
      keep: Math.min(maxPayload, options.grep === undefined ? payloadShown : maxPayload),
      selection: parseSelection(options),
      messages: options.messages ?? false,
    });
    const recordings = await Promise.all(
      (options.record ?? []).map((file) => startRecording(file, how, found, options.overwrite ?? false)),
    );
    const all: TrafficSink = { note, connection: (start) => inspection.addWebSocket(start) };
    return new LiveSession(output, view, inspection, found ? inspection.sink : all, recordings);
  }

  get draining(): Promise<void> | null {
    return this.#draining;
  }

  /** Whether any event broke a rule of severity `error`. */
  get hasErrors(): boolean {
    return this.#inspection.presenter.hasErrors;
  }

  note(line: string): void {
    note(line);
  }

  /** Sets hooks that run before and after each write, for a prompt on the same terminal. */
  setWriteHooks(around: { before(): void; after(): void } | null): void {
    this.#writeHooks = around;
  }

  /** Called when the reader of the output disconnects. */
  onOutputClosed(gone: () => void): void {
    this.#onOutputClosed = gone;
  }

  connection(start: ConnectionStart): ConnectionReceiver {
    const receiver = this.#sink.connection(start);
    const shown = (): void => this.#scheduleDrain();
    return {
      data(side, bytes, at) {
        receiver.data(side, bytes, at);
        shown();
      },
      gap: (side, length, at) => receiver.gap(side, length, at),
      message: (message) => receiver.message(message),
      end(transport) {
        receiver.end(transport);
        shown();
      },
    };
  }

  /** Writes the summary after all connections have ended. */
  async end(): Promise<void> {
    this.#inspection.end();
    this.#view.close();
    for (const recording of this.#recordings) recording.end();
    const timer = setTimeout(
      () => note("waiting for the reader of the output; Ctrl-C discards the rest"),
      FLUSH_NOTE_DELAY_MS,
    );
    try {
      await this.#output.flush();
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Flushes the output once per batch of events, or at once if too much is waiting. */
  #scheduleDrain(): void {
    if (this.#draining !== null) return;
    if (this.#output.isCongested) this.#drain();
    else if (!this.#isDrainPlanned) {
      this.#isDrainPlanned = true;
      setImmediate(() => {
        this.#isDrainPlanned = false;
        if (this.#draining === null) this.#drain();
      });
    }
  }

  #drain(): void {
    // Long output was passed on already, and may still wait for its reader.
    if (this.#output.out.length === 0 && !this.#output.isCongested) return;
    this.#writeHooks?.before();
    // An output error is reported at the end of the session.
    const drained = this.#output.drain().catch(() => {
      this.#onOutputClosed?.();
      this.#onOutputClosed = null;
    });
    this.#writeHooks?.after();
    if (!this.#output.isCongested) return;
    this.#draining = drained.then(() => {
      this.#draining = null;
      this.#scheduleDrain();
    });
  }
}
