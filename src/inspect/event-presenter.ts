import type { ConnectionSink } from "../protocol/connection-sink.js";
import { handshakeMalformed } from "../rules/handshake-malformed.js";
import { type Finding, judgeEnd, judgeFrame, judgeHandshake } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { truncatedFrame } from "../rules/truncated-frame.js";
import type { View } from "../view/view.js";
import { MessageGrouping } from "./message-grouping.js";
import { SELECT_EVERYTHING, type Selection } from "./selection.js";

/** What of the connections is shown, and how. */
export interface PresenterOptions {
  /** What the view is shown; everything when left out. */
  readonly selection?: Selection;
  /** Whether messages are shown in place of their frames. */
  readonly messages?: boolean;
  /** Takes a line for the person. */
  readonly note?: (line: string) => void;
  /** Whether the input ends where it does because wsframe was interrupted. */
  readonly isInterrupted?: () => boolean;
}

/** How much there was, and how much of it was shown. */
interface PresenterCounts {
  readonly handshakes: number;
  readonly frames: number;
  /** Frames, messages and handshakes. */
  readonly items: number;
  readonly shown: number;
  /** Whether a payload was not kept in full. */
  readonly hasTruncatedPayload: boolean;
}

/** The way from events to a view: they are judged, and what is chosen of them is shown. */
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
  #sharedSink: ConnectionSink | null = null;

  constructor(view: View, options: PresenterOptions) {
    const { selection = SELECT_EVERYTHING, messages = false, isInterrupted = () => false, note = () => {} } = options;
    this.#view = view;
    this.#selection = selection;
    this.#groupsMessages = messages;
    this.#note = note;
    this.#isInterrupted = isInterrupted;
  }

  /** Whether a rule of severity `error` was broken so far. */
  get hasErrors(): boolean {
    return this.#hasErrors;
  }

  get counts(): PresenterCounts {
    return {
      handshakes: this.#handshakeCount,
      frames: this.#frameCount,
      items: this.#itemCount,
      shown: this.#shownCount,
      hasTruncatedPayload: this.#hasTruncatedPayload,
    };
  }

  /** The number of a connection that begins: whatever it is read from, it is the only one that has it. */
  takeStreamNumber(): number {
    return this.#streamCount++;
  }

  /** Whether anything of a connection is shown. */
  isStreamShown(stream: number): boolean {
    return this.#selection.hasStream(stream);
  }

  /** What takes the events of one connection. */
  createSink(): ConnectionSink {
    if (this.#groupsMessages) return this.#buildSink(this.#createGrouping());
    // It keeps nothing of a connection: all have the same.
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
        if (this.#selection.hasEnd(event.stream, findings)) view.end(event, findings);
      },
      closed: (event) => {
        if (this.#selection.isWholeStream(event.stream)) view.closed(event);
      },
    };
  }

  /** Frames that no rule can apply to go straight to the view, if it accepts them. */
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
    show();
  }

  /** @param ofCut the rule that is broken only because the input is cut: after an interrupt the sender is not to blame for that */
  #checkErrors(found: readonly Finding[], ofCut: Rule | null): readonly Finding[] {
    const findings = found.length > 0 && this.#isInterrupted() ? found.filter(({ rule }) => rule !== ofCut) : found;
    this.#hasErrors ||= findings.some(({ rule }) => rule.severity === "error");
    return findings;
  }
}
