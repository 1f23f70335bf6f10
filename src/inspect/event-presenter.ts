import type { ConnectionSink } from "../protocol/connection-sink.js";
import { handshakeMalformed } from "../rules/handshake-malformed.js";
import { type Finding, judgeEnd, judgeFrame, judgeHandshake } from "../rules/judge.js";
import type { Rule } from "../rules/rule.js";
import { truncatedFrame } from "../rules/truncated-frame.js";
import type { View } from "../view/view.js";
import { MessageGrouping } from "./message-grouping.js";
import { EVERYTHING, type Selection } from "./selection.js";

/** What of the connections is shown, and how. */
export interface ShowingOptions {
  /** What the view is shown; everything when left out. */
  readonly selection?: Selection;
  /** Whether messages are shown in place of their frames. */
  readonly messages?: boolean;
  /** Takes a line for the person. */
  readonly say?: (line: string) => void;
  /** Whether the input ends where it does because wsframe was interrupted. */
  readonly interrupted?: () => boolean;
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

/** The way from events to a view: they are judged, and what is chosen of them is shown. */
export class Showing {
  readonly #view: View;
  readonly #selection: Selection;
  readonly #messages: boolean;
  readonly #say: (line: string) => void;
  readonly #interrupted: () => boolean;
  #broken = false;
  #handshakes = 0;
  #frames = 0;
  #items = 0;
  #shown = 0;
  #cut = false;
  #streams = 0;
  #shared: ConnectionSink | null = null;

  constructor(view: View, options: ShowingOptions) {
    const { selection = EVERYTHING, messages = false, interrupted = () => false, say = () => {} } = options;
    this.#view = view;
    this.#selection = selection;
    this.#messages = messages;
    this.#say = say;
    this.#interrupted = interrupted;
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

  /** The number of a connection that begins: whatever it is read from, it is the only one that has it. */
  nextStream(): number {
    return this.#streams++;
  }

  /** Whether anything of a connection is shown. */
  wants(stream: number): boolean {
    return this.#selection.stream(stream);
  }

  /** What takes the events of one connection. */
  sink(): ConnectionSink {
    if (this.#messages) return this.#sinkTo(this.#grouping());
    // It keeps nothing of a connection: all have the same.
    this.#shared ??= this.#sinkTo(null);
    return this.#shared;
  }

  #sinkTo(grouping: MessageGrouping | null): ConnectionSink {
    const view = this.#view;
    return {
      ...(grouping === null && this.#selection === EVERYTHING ? this.#ordinary() : {}),
      handshake: (event) => {
        const cut = event.request?.isTruncated || event.response?.isTruncated;
        const findings = this.#note(judgeHandshake(event), cut ? handshakeMalformed : null);
        this.#handshakes++;
        this.#show({ handshake: event, findings }, () => view.handshake(event, findings));
      },
      frame: (event) => {
        const findings = this.#note(judgeFrame(event), truncatedFrame);
        this.#frames++;
        this.#cut ||= event.payloadOmitted > 0 || (event.message?.payloadOmitted ?? 0) > 0;
        if (grouping !== null) grouping.frame(event, findings);
        else this.#show({ frame: event, findings }, () => view.frame(event, findings));
      },
      message: (event) => this.#show({ message: event, findings: [] }, () => view.message(event, [])),
      end: (event) => {
        const findings = this.#note(judgeEnd(event), null);
        grouping?.end(event);
        if (this.#selection.end(event.stream, findings)) view.end(event, findings);
      },
      closed: (event) => {
        if (this.#selection.whole(event.stream)) view.closed(event);
      },
    };
  }

  /** Frames that no rule can speak of go straight to the view, where it takes them so. */
  #ordinary(): Pick<ConnectionSink, "fastFrame"> {
    const view = this.#view;
    if (view.fastFrame === undefined) return {};
    return {
      fastFrame: (frame) => {
        this.#frames++;
        this.#items++;
        this.#shown++;
        this.#cut ||= frame.payloadLength > frame.keep;
        view.fastFrame?.(frame);
      },
    };
  }

  #grouping(): MessageGrouping {
    const view = this.#view;
    return new MessageGrouping(
      {
        frame: (event, findings) => this.#show({ frame: event, findings }, () => view.frame(event, findings)),
        message: (event, findings) => this.#show({ message: event, findings }, () => view.message(event, findings)),
      },
      this.#say,
    );
  }

  #show(item: Parameters<Selection["item"]>[0], show: () => void): void {
    this.#items++;
    if (!this.#selection.item(item)) return;
    this.#shown++;
    show();
  }

  /** @param ofCut the rule that is broken only because the input is cut: after an interrupt the sender is not to blame for that */
  #note(found: readonly Finding[], ofCut: Rule | null): readonly Finding[] {
    const findings = found.length > 0 && this.#interrupted() ? found.filter(({ rule }) => rule !== ofCut) : found;
    this.#broken ||= findings.some(({ rule }) => rule.severity === "error");
    return findings;
  }
}
