import type { ConnectionSink } from "../protocol/connection-sink.js";
import { handshakeMalformed } from "../rules/handshake-malformed.js";
import { type Finding, judgeEnd, judgeFrame, judgeHandshake } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { truncatedFrame } from "../rules/truncated-frame.js";
import type { ConnectionStartEvent, View } from "../view/view.js";
import { MessageGrouping } from "./message-grouping.js";
import { itemStream, SELECT_EVERYTHING, type Selection } from "./selection.js";

/** Which parts of the connections to show, and how. */
export interface PresenterOptions {
  /** The selection to show; everything by default. */
  readonly selection?: Selection;
  /** Whether to show messages instead of their frames. */
  readonly messages?: boolean;
  /** Receives a note for the user. */
  readonly note?: (line: string) => void;
  /** Whether an interrupt ended the input. */
  readonly isInterrupted?: () => boolean;
}

/** Counts of all items and of the shown ones. */
interface PresenterCounts {
  readonly connections: number;
  readonly handshakes: number;
  readonly frames: number;
  /** Frames, messages and handshakes. */
  readonly items: number;
  readonly shown: number;
  /** Whether a payload was truncated. */
  readonly hasTruncatedPayload: boolean;
}

/** Judges events, and shows the selected ones in a view. */
export class EventPresenter {
  readonly #view: View;
  readonly #selection: Selection;
  readonly #groupsMessages: boolean;
  readonly #note: (line: string) => void;
  readonly #isInterrupted: () => boolean;
  #hasErrors = false;
  #handshakeCount = 0;
  #frameCount = 0;
  #itemCount = 0;
  #shownCount = 0;
  #hasTruncatedPayload = false;
  #streamCount = 0;
  /** The connections of which nothing was shown yet, if only parts are shown. */
  readonly #pendingStarts = new Map<number, ConnectionStartEvent>();
  #sharedSink: ConnectionSink | null = null;

  constructor(view: View, options: PresenterOptions) {
    const { selection = SELECT_EVERYTHING, messages = false, isInterrupted = () => false, note = () => {} } = options;
    this.#view = view;
    this.#selection = selection;
    this.#groupsMessages = messages;
    this.#note = note;
    this.#isInterrupted = isInterrupted;
  }

  /** Whether any event broke a rule of severity `error`. */
  get hasErrors(): boolean {
    return this.#hasErrors;
  }

  get counts(): PresenterCounts {
    return {
      connections: this.#streamCount,
      handshakes: this.#handshakeCount,
      frames: this.#frameCount,
      items: this.#itemCount,
      shown: this.#shownCount,
      hasTruncatedPayload: this.#hasTruncatedPayload,
    };
  }

  /** The number for a new connection, unique across all inputs. */
  takeStreamNumber(): number {
    return this.#streamCount++;
  }

  /** Whether any part of a connection is shown. */
  isStreamShown(stream: number): boolean {
    return this.#selection.hasStream(stream);
  }

  /** Shows the heading of a connection; if only parts are shown, it waits for the first of them. */
  startConnection(event: ConnectionStartEvent): void {
    const { stream } = event;
    if (this.#selection.isWholeStream(stream)) this.#view.connection(event);
    else if (this.#selection.hasStream(stream)) this.#pendingStarts.set(stream, event);
  }

  #showPendingStart(stream: number): void {
    const event = this.#pendingStarts.get(stream);
    if (event === undefined) return;
    this.#pendingStarts.delete(stream);
    this.#view.connection(event);
  }

  /** Creates the sink for the events of one connection. */
  createSink(): ConnectionSink {
    if (this.#groupsMessages) return this.#buildSink(this.#createGrouping());
    // The sink has no state per connection, so all connections share it.
    this.#sharedSink ??= this.#buildSink(null);
    return this.#sharedSink;
  }

  #buildSink(grouping: MessageGrouping | null): ConnectionSink {
    const view = this.#view;
    return {
      ...(grouping === null && this.#selection === SELECT_EVERYTHING ? this.#buildFastPath() : {}),
      handshake: (event) => {
        const cut = event.request?.isTruncated || event.response?.isTruncated;
        const findings = this.#checkErrors(judgeHandshake(event), cut ? handshakeMalformed : null);
        this.#handshakeCount++;
        this.#show({ handshake: event, findings }, () => view.handshake(event, findings));
      },
      frame: (event) => {
        const findings = this.#checkErrors(judgeFrame(event), truncatedFrame);
        this.#frameCount++;
        this.#hasTruncatedPayload ||= event.payloadOmitted > 0 || (event.message?.payloadOmitted ?? 0) > 0;
        if (grouping !== null) grouping.frame(event, findings);
        else this.#show({ frame: event, findings }, () => view.frame(event, findings));
      },
      message: (event) => this.#show({ message: event, findings: [] }, () => view.message(event, [])),
      end: (event) => {
        const findings = this.#checkErrors(judgeEnd(event), null);
        grouping?.end(event);
        if (!this.#selection.hasEnd(event.stream, findings)) return;
        this.#showPendingStart(event.stream);
        view.end(event, findings);
      },
      closed: (event) => {
        this.#pendingStarts.delete(event.stream);
        if (this.#selection.isWholeStream(event.stream)) view.closed(event);
      },
    };
  }

  /** Passes frames that no rule applies to directly to the view, if the view accepts them. */
  #buildFastPath(): Pick<ConnectionSink, "fastFrame"> {
    const view = this.#view;
    if (view.fastFrame === undefined) return {};
    return {
      fastFrame: (frame) => {
        this.#frameCount++;
        this.#itemCount++;
        this.#shownCount++;
        this.#hasTruncatedPayload ||= frame.payloadLength > frame.keep;
        view.fastFrame?.(frame);
      },
    };
  }

  #createGrouping(): MessageGrouping {
    const view = this.#view;
    return new MessageGrouping(
      {
        frame: (event, findings) => this.#show({ frame: event, findings }, () => view.frame(event, findings)),
        message: (event, findings) => this.#show({ message: event, findings }, () => view.message(event, findings)),
      },
      this.#note,
    );
  }

  #show(item: Parameters<Selection["hasItem"]>[0], show: () => void): void {
    this.#itemCount++;
    if (!this.#selection.hasItem(item)) return;
    this.#shownCount++;
    this.#showPendingStart(itemStream(item));
    show();
  }

  /** @param ofCut a rule that truncation alone can break: after an interrupt, its finding is dropped, since the sender is not at fault */
  #checkErrors(found: readonly Finding[], ofCut: Rule | null): readonly Finding[] {
    const findings = found.length > 0 && this.#isInterrupted() ? found.filter(({ rule }) => rule !== ofCut) : found;
    this.#hasErrors ||= findings.some(({ rule }) => rule.severity === "error");
    return findings;
  }
}
