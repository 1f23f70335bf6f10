import { CaptureInspection } from "../../inspect/capture-inspection.js";
import { type Watch, watching } from "../../live/traffic-observer.js";
import type { CaptureSink, ConnectionStart, ConnectionTap } from "../../protocol/traffic.js";
import type { View } from "../../view/view.js";
import type { LiveOptions } from "../options/live-options.js";
import { type SelectionOptions, selectionOf } from "../options/selection.js";
import { sizeOf } from "../options/size.js";
import { say } from "../streams/note.js";
import { openView } from "../streams/open-view.js";
import { Output, OutputClosed } from "../streams/output.js";
import { type Recording, record } from "./recording.js";

/** Milliseconds after which it is said that the end of the output is waited for. */
const WAITING_TIME = 1000;

/** A view of connections that are open now: what is shown is written at once. */
export class LiveSession implements Watch {
  readonly #output: Output;
  readonly #view: View;
  readonly #inspection: CaptureInspection;
  readonly #sink: CaptureSink;
  readonly #recordings: readonly Recording[];
  #planned = false;
  #behind: Promise<void> | null = null;
  #gone: (() => void) | null = null;
  #around: { before(): void; after(): void } | null = null;

  private constructor(
    output: Output,
    view: View,
    inspection: CaptureInspection,
    shown: CaptureSink,
    recordings: readonly Recording[],
  ) {
    this.#output = output;
    this.#view = view;
    this.#inspection = inspection;
    this.#recordings = recordings;
    this.#sink = watching([shown, ...recordings.map(({ sink }) => sink)], say);
  }

  /**
   * Opens the view that the options name.
   *
   * @param found whether connections are looked through for those that are WebSocket; else all are
   */
  static async open(options: LiveOptions & SelectionOptions, found: boolean): Promise<LiveSession> {
    const maxPayload = sizeOf("--max-payload", options.maxPayload);
    const output = new Output();
    const { view, payloadShown } = await openView(options.to ?? "list", options.color, output);
    const how = {
      inflateLimit: maxPayload,
      extensions: null,
      leaveCompressed: !options.inflate,
      port: null,
      live: true,
      say,
    };
    const inspection = new CaptureInspection(view, {
      ...how,
      keep: Math.min(maxPayload, options.grep === undefined ? payloadShown : maxPayload),
      selection: selectionOf(options),
      messages: options.messages ?? false,
    });
    const recordings = await Promise.all(
      (options.record ?? []).map((file) => record(file, how, found, options.overwrite ?? false)),
    );
    const all: CaptureSink = { say, connection: (start) => inspection.websocket(start) };
    return new LiveSession(output, view, inspection, found ? inspection.sink : all, recordings);
  }

  get behind(): Promise<void> | null {
    return this.#behind;
  }

  /** Whether a rule of severity `error` was broken so far. */
  get broken(): boolean {
    return this.#inspection.showing.broken;
  }

  say(line: string): void {
    say(line);
  }

  /** Is called around what is written, where something else stands on the terminal. */
  onWrite(around: { before(): void; after(): void } | null): void {
    this.#around = around;
  }

  /** Is called when who reads the output went away. */
  onGone(gone: () => void): void {
    this.#gone = gone;
  }

  connection(start: ConnectionStart): ConnectionTap {
    const tap = this.#sink.connection(start);
    const shown = (): void => this.#write();
    return {
      data(side, bytes, at) {
        tap.data(side, bytes, at);
        shown();
      },
      gap: (side, length, at) => tap.gap(side, length, at),
      message: (message) => tap.message(message),
      end(transport) {
        tap.end(transport);
        shown();
      },
    };
  }

  /** All connections are over: what they came to is written. */
  async end(): Promise<void> {
    this.#inspection.end();
    this.#view.close();
    for (const recording of this.#recordings) recording.end();
    const late = setTimeout(() => say("nobody reads the output: Ctrl-C leaves the rest of it"), WAITING_TIME);
    try {
      await this.#output.flush();
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /** Writes what was shown, once all that came together was, unless too much waits: then nothing more may come together with it. */
  #write(): void {
    if (this.#behind !== null) return;
    if (this.#output.behind) this.#drain();
    else if (!this.#planned) {
      this.#planned = true;
      setImmediate(() => {
        this.#planned = false;
        if (this.#behind === null) this.#drain();
      });
    }
  }

  #drain(): void {
    // What is long was passed on already, and may wait for its reader.
    if (this.#output.out.length === 0 && !this.#output.behind) return;
    this.#around?.before();
    // What is wrong with the output is told at the end.
    const drained = this.#output.drain().catch(() => {
      this.#gone?.();
      this.#gone = null;
    });
    this.#around?.after();
    if (!this.#output.behind) return;
    this.#behind = drained.then(() => {
      this.#behind = null;
      this.#write();
    });
  }
}
